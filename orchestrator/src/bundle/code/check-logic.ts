/**
 * A first look at a bundle's logic file: is there a class Agent at all? It reads text and runs nothing, so it speaks up
 * only where it is sure; the runtime, which loads the file, has the last word. Every pattern here is linear in the
 * text. Pure.
 */
import type { Problem } from '../../domain/desired.ts';
import { readText } from '../../domain/text/read-text.ts';

export const LOGIC_FILES = ['logic.py', 'logic.ts', 'logic.js'] as const;

export type LogicFile = (typeof LOGIC_FILES)[number];

/** @param content of the file of that name */
export function checkLogic(file: LogicFile, content: Buffer): Problem[] {
  const reading = readText(content);
  if ('problem' in reading && !(file === 'logic.py' && namesEncoding(content)))
    return [{ severity: 'error', file, line: reading.line, column: null, path: '', message: reading.problem }];
  const text = 'text' in reading ? reading.text : content.toString('utf8');
  const fault = file === 'logic.py' ? pythonFault(text) : nodeFault(text);
  if (!fault) return [];
  const before = fault.at === null ? null : text.slice(0, fault.at).split('\n');
  const place = { line: before?.length ?? null, column: before && (before.at(-1)?.length ?? 0) + 1 };
  return [{ severity: 'error', file, ...place, path: '', message: fault.message }];
}

/** Python reads a file in the encoding that a comment of its first two lines names. */
function namesEncoding(content: Buffer): boolean {
  const lines = content.toString('latin1', 0, 1024).split('\n', 2);
  return lines.some((line) => /^[ \t\f]*#.{0,200}?coding[:=][ \t]*[-\w.]/.test(line));
}

interface Fault {
  message: string;
  /** Offset into the text; null where something is missing. */
  at: number | null;
}

function pythonFault(text: string): Fault | null {
  if (/\bimport\s+\*|\b(?:exec|globals|setattr)\s*\(/.test(text)) return null;
  if (!/\bAgent\b/.test(text)) return unnamed(text, 'expected class Agent(BaseAgent)');
  const bare = /^class Agent[ \t]*(?:\(\s*\)[ \t]*)?:/m.exec(text);
  const isBound = /^[ \t]*class Agent[ \t]*\(\s*[^\s)]|\bAgent[ \t]*=/m.test(text) || isImported(text);
  return bare && !isBound
    ? { message: 'expected class Agent to extend BaseAgent: class Agent(BaseAgent)', at: bare.index }
    : null;
}

const isImported = (text: string) =>
  text.split('\n').some((line) => comesAfter(line.split('#', 1)[0] ?? '', /\bimport\b/, /\bAgent\b/));

/** One search for each, where `first.*second` would begin anew at every `first`. */
function comesAfter(text: string, first: RegExp, second: RegExp): boolean {
  const at = text.search(first);
  return at !== -1 && second.test(text.slice(at));
}

function nodeFault(text: string): Fault | null {
  if (/\bexport\s*\*/.test(text)) return null;
  if (!/\bAgent\b/.test(text)) return unnamed(text, 'expected export class Agent extends BaseAgent');
  const hidden = /^(?:abstract\s+)?class Agent\b/m.exec(text);
  const isExported = text.split(';').some((statement) => comesAfter(statement, /\bexport\b/, /\bAgent\b/));
  if (hidden && !isExported) return { message: 'class Agent is not exported: export class Agent', at: hidden.index };
  const bare = /^export class Agent\s*\{/m.exec(text);
  return bare
    ? { message: 'expected class Agent to extend BaseAgent: export class Agent extends BaseAgent', at: bare.index }
    : null;
}

/** Nothing in the file is called Agent: perhaps the class is called something else. */
function unnamed(text: string, expected: string): Fault {
  const other =
    /^(?:export[ \t]+)?(?:default[ \t]+)?class[ \t]+(\w{1,100})\s{0,100}(?:\([^)]{0,400}\bBaseAgent\b|extends\s{1,100}BaseAgent\b)/m.exec(
      text,
    );
  if (!other) return { message: expected, at: null };
  return { message: `${expected}, found class ${other[1]}`, at: other.index };
}
