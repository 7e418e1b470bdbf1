/**
 * A first look at a bundle's logic file: is there a class Agent at all? It reads text and runs nothing, so it speaks up
 * only where it is sure; the runtime, which loads the file, has the last word. Pure.
 */
import type { Problem } from '../domain/desired.ts';

export const LOGIC_FILES = ['logic.py', 'logic.ts', 'logic.js'] as const;

type LogicFile = (typeof LOGIC_FILES)[number];

/** @param content of the file of that name; there need not be one */
export function checkLogic(file: LogicFile, content: Buffer | undefined): Problem[] {
  if (content === undefined) return [];
  const text = content.toString('utf8');
  const fault = file === 'logic.py' ? pythonFault(text) : nodeFault(text);
  if (!fault) return [];
  const line = fault.at === null ? null : text.slice(0, fault.at).split('\n').length;
  return [{ severity: 'error', file, line, column: null, path: '', message: fault.message }];
}

interface Fault {
  message: string;
  /** Offset into the text. */
  at: number | null;
}

function pythonFault(text: string): Fault | null {
  if (/\bimport\s+\*|\b(?:exec|globals|setattr)\s*\(/.test(text)) return null;
  if (!/\bAgent\b/.test(text)) return unnamed(text, 'expected class Agent(BaseAgent)');
  const bare = /^class Agent\s*(?:\(\s*\))?\s*:/m.exec(text);
  const isBound = /^\s*class Agent\s*\(\s*[^\s)]|\bAgent\s*=|\bimport\b[^#\n]*\bAgent\b/m.test(text);
  return bare && !isBound
    ? { message: 'expected class Agent to extend BaseAgent: class Agent(BaseAgent)', at: bare.index }
    : null;
}

function nodeFault(text: string): Fault | null {
  if (/\bexport\s*\*/.test(text)) return null;
  if (!/\bAgent\b/.test(text)) return unnamed(text, 'expected export class Agent extends BaseAgent');
  const hidden = /^(?:abstract\s+)?class Agent\b/m.exec(text);
  const isExported = /\bexport\b[^;]*?\bAgent\b/.test(text);
  if (hidden && !isExported) return { message: 'class Agent is not exported: export class Agent', at: hidden.index };
  const bare = /^export class Agent\s*\{/m.exec(text);
  return bare
    ? { message: 'expected class Agent to extend BaseAgent: export class Agent extends BaseAgent', at: bare.index }
    : null;
}

/** Nothing in the file is called Agent: perhaps the class is called something else. */
function unnamed(text: string, expected: string): Fault {
  const other = /^(?:export\s+)?(?:default\s+)?class\s+(\w+)\s*(?:\([^)]*\bBaseAgent\b|extends\s+BaseAgent\b)/m.exec(
    text,
  );
  if (!other) return { message: expected, at: null };
  return { message: `${expected}, found class ${other[1]}`, at: other.index };
}
