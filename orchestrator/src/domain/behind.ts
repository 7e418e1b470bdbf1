/** Why what runs is not what the folder asks for: what runs and what is wanted are two facts, and people need both. */
import type { Problem } from './desired.ts';

export const BEHIND_KINDS = [
  /** The folder breaks a rule. */
  'invalid',
  /** Its files do not come to rest. */
  'settling',
  /** It waits for a person's word. */
  'held',
  /** A secret is missing. */
  'blocked',
  /** It was reverted, and is not tried again by itself. */
  'condemned',
  /** A build, a start or a swap failed; it is tried again. */
  'failed',
  /** A user went back to the version before. */
  'rolled_back',
  /** The folder is gone. */
  'gone',
] as const;
export type BehindKind = (typeof BEHIND_KINDS)[number];

export interface Behind {
  kind: BehindKind;
  because: string;
}

/** `manifest.yaml:3:5 resources.memory: too little` */
export function problemText({ file, line, column, path, message }: Problem): string {
  const isNamed = line === null && message.startsWith(file); // some sentences begin with their file
  const place = isNamed ? '' : [file, line, line === null ? null : column].filter((part) => part !== null).join(':');
  return [place, path === '' ? '' : `${path}:`, message].filter((part) => part !== '').join(' ');
}

/** The first error with its place, and how many more there are. */
export function invalidBecause(problems: readonly Problem[]): Behind {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return { kind: 'invalid', because: `${first ? problemText(first) : 'its folder is no valid bundle'}${more}` };
}
