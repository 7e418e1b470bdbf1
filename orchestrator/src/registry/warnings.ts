/** A record's warnings are lines `<key>: <message>`, so that one that no longer holds can be taken back by its key. */
import type { Problem } from '../domain/desired.ts';

export function withWarning(warnings: readonly string[], key: string, messages: readonly string[]): readonly string[] {
  const prefix = `${key}: `;
  return [...warnings.filter((line) => !line.startsWith(prefix)), ...messages.map((message) => prefix + message)];
}

/** `manifest.yaml:3:5 resources.memory: too little` */
export function problemText({ file, line, column, path, message }: Problem): string {
  const place = [file, line, line === null ? null : column].filter((part) => part !== null).join(':');
  return `${place} ${path === '' ? '' : `${path}: `}${message}`;
}
