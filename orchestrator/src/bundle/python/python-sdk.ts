/** What of hairem a logic.py may take: names that it does not have. Pure. */
import { didYouMean } from '../manifest/suggest.ts';
import type { PythonFault, PythonLine } from './python-lines.ts';

/** `__all__` of the package. */
export const PYTHON_SDK_NAMES: readonly string[] = (
  'AgentHost BaseAgent CommandHandler Context HistoryEntry HistoryRole JsonObject Llm LlmMessage LlmPiece Log Memory Message ' +
  'Metadata Outcome Outgoing Priority Recipient Registry Restart SendError SendErrorCode Sender ServiceCall ServiceError ' +
  'Skill SkillHandler Task TaskSpec'
).split(' ');

export function sdkFaults(lines: readonly PythonLine[]): PythonFault[] {
  const atTop = lines.filter(({ indent }) => indent === '');
  return atTop.flatMap((line) => namesOf(line.code).flatMap((name) => nameFault(name, line)));
}

function namesOf(code: string): string[] {
  const names = /^from\s+hairem\s+import\s+(.+)$/.exec(code)?.[1]?.replaceAll(/[()]/g, ' ').split(',') ?? [];
  return names.map((name) => name.trim().split(/\s/, 1)[0] ?? '').filter((name) => name !== '' && name !== '*');
}

function nameFault(name: string, { line, column }: PythonLine): PythonFault[] {
  // One in small letters is a file of the package.
  if (PYTHON_SDK_NAMES.includes(name) || /^[a-z_]/.test(name)) return [];
  const meant = didYouMean(name, PYTHON_SDK_NAMES);
  return [{ line, column, message: `hairem has no ${name}${meant === null ? '' : `; did you mean ${meant}?`}` }];
}
