/**
 * `.hairemignore`: which files of a bundle are left out, in .dockerignore syntax: patterns from the bundle's root,
 * `*`, `?`, `[a-z]`, `\` and `**`, `!` for exceptions, the last match wins, and a matched folder takes its content.
 * Matched by hand, not by regular expressions, so that no pattern can take exponential time.
 */
import { kindOf } from '../../ignored/ignored-names.ts';
import type { ToolFiles } from '../../ignored/tool-files.ts';
import { LIMITS } from '../limits.ts';

export interface IgnoreRule {
  negated: boolean;
  /** Path segments of the pattern. */
  segments: readonly string[];
  /** Of an exception: the kinds of tools' files that its segments name, and so may bring back. */
  means: ReadonlySet<ToolFiles>;
}

/** Segments of one exception that are asked for what they mean: a path has no more of them. */
const MOST_ASKED = LIMITS.depth;
const NOTHING: ReadonlySet<ToolFiles> = new Set();

/** @returns the rules, or null when there are more patterns than we accept, or longer ones. */
export function parseIgnoreRules(text: string): IgnoreRule[] | null {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const patterns = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (patterns.length > LIMITS.ignorePatterns) return null;
  if (patterns.some((pattern) => pattern.length > LIMITS.ignorePatternLength)) return null;
  return patterns.map(parseRule).filter((rule) => rule.segments.length > 0);
}

function parseRule(line: string): IgnoreRule {
  const trimmed = line.trim();
  const negated = trimmed.startsWith('!');
  const pattern = negated ? trimmed.slice(1).trim() : trimmed;
  const segments = pattern.split('/').filter((segment) => segment !== '' && segment !== '.');
  const composed = segments.map((segment) => segment.normalize('NFC'));
  return { negated, segments: composed, means: negated ? meant(composed) : NOTHING };
}

function meant(segments: readonly string[]): ReadonlySet<ToolFiles> {
  return new Set(segments.slice(-MOST_ASKED).flatMap((segment) => kindOf(segment) ?? []));
}

/** What matching has cost so far, in compared characters; one for each walk. */
export interface MatchCost {
  steps: number;
}

/** Whether a file, or a folder with all it holds, is left out by the rules. Adds to `cost`. */
export function isIgnored(rules: readonly IgnoreRule[], path: string, cost: MatchCost): boolean {
  const segments = path.split('/');
  let ignored = false;
  for (const rule of rules) {
    if (cost.steps > LIMITS.ignoreSteps) return false;
    if (rule.negated === ignored && matchesPathOrParent(rule.segments, segments, cost)) ignored = !rule.negated;
  }
  return ignored;
}

/**
 * Whether an exception brings back what tools leave: one that names it (`!notes.bak`, `!*.bak`, `!.vscode/tasks.json`).
 * `!lib` and `!*` do not: nobody means `lib/.DS_Store` by them.
 */
export function isBroughtBack(
  rules: readonly IgnoreRule[],
  { path, row }: { path: string; row: ToolFiles },
  cost: MatchCost,
): boolean {
  return mayBringBack(rules, row) && rules.some((rule) => rule.means.has(row) && reaches(rule, path, cost));
}

/** Whether an exception may name something below a folder of this kind, or a file of it. */
export function mayBringBack(rules: readonly IgnoreRule[], row: ToolFiles): boolean {
  return !row.fixed && rules.some(({ means }) => means.has(row));
}

/** Whether an exception names this very folder, or one around it, and not just anything by stars. */
export function isFolderBroughtBack(rules: readonly IgnoreRule[], path: string, cost: MatchCost): boolean {
  return rules.some((rule) => rule.negated && !/^\*+$/.test(rule.segments.at(-1) ?? '*') && reaches(rule, path, cost));
}

const reaches = ({ segments }: IgnoreRule, path: string, cost: MatchCost) =>
  cost.steps <= LIMITS.ignoreSteps && matchesPathOrParent(segments, path.split('/'), cost);

/** One row per pattern segment: `reached[i]` says that the pattern so far matches the first `i` path segments. */
function matchesPathOrParent(pattern: readonly string[], path: readonly string[], cost: MatchCost): boolean {
  let reached = path.map(() => false);
  reached.unshift(true);
  for (const segment of pattern) {
    const next = reached.map(() => false);
    cost.steps += next.length;
    for (let i = 0; i <= path.length; i++) {
      if (segment === '**') next[i] = reached[i] === true || (i > 0 && next[i - 1] === true);
      else if (i > 0) next[i] = reached[i - 1] === true && matchSegment(segment, path[i - 1] ?? '', cost);
    }
    if (!next.includes(true)) return false;
    reached = next;
  }
  return reached.indexOf(true, 1) !== -1;
}

/** One segment, with the last `*` as the only place to come back to: linear in practice, quadratic at worst. */
function matchSegment(pattern: string, name: string, cost: MatchCost): boolean {
  let [at, from, starAt, starFrom] = [0, 0, -1, 0];
  while (from < name.length) {
    cost.steps += 1;
    const step = pattern[at] === '*' ? null : matchOne(pattern, at, name[from] ?? '');
    if (step !== null && step > 0) {
      at += step;
      from++;
    } else if (pattern[at] === '*') {
      starAt = at++;
      starFrom = from;
    } else if (starAt >= 0) {
      at = starAt + 1;
      from = ++starFrom;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** @returns how many characters of the pattern match this one character; 0 for none. */
function matchOne(pattern: string, at: number, char: string): number {
  const token = pattern[at];
  if (token === undefined) return 0;
  if (token === '?') return 1;
  if (token === '[') return matchClass(pattern, at, char);
  if (token === '\\' && at + 1 < pattern.length) return pattern[at + 1] === char ? 2 : 0;
  return token === char ? 1 : 0;
}

function matchClass(pattern: string, at: number, char: string): number {
  const end = pattern.indexOf(']', at + 2);
  if (end < 0) return char === '[' ? 1 : 0;
  const negated = pattern[at + 1] === '^' || pattern[at + 1] === '!';
  const body = pattern.slice(at + (negated ? 2 : 1), end);
  let found = false;
  for (let i = 0; i < body.length; i++) {
    const low = body[i] ?? '';
    const isRange = body[i + 1] === '-' && i + 2 < body.length;
    const high = isRange ? (body[i + 2] ?? low) : low;
    if (isRange) i += 2;
    found ||= char >= low && char <= high;
  }
  return found !== negated ? end - at + 1 : 0;
}
