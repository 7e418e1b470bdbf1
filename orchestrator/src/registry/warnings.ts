/** A record's warnings are lines `<key>: <message>`, so that one that no longer holds can be taken back by its key. */

export function withWarning(warnings: readonly string[], key: string, messages: readonly string[]): readonly string[] {
  const prefix = `${key}: `;
  return [...warnings.filter((line) => !line.startsWith(prefix)), ...messages.map((message) => prefix + message)];
}
