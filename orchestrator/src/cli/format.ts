/** Figures, times and tables for people. */
import { printable } from '../api/printable.ts';

export function bytes(count: number | null): string {
  return count === null ? '-' : `${(count / 1_048_576).toFixed(1)} MiB`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** How long before `now`, in the largest unit that fits. Both RFC 3339. */
export function ago(at: string, now: string): string {
  const length = seconds(at, now);
  const [unit, size] = UNITS.find(([, least]) => length >= least) ?? ['s', 1];
  return `${Math.floor(length / size)} ${unit} ago`;
}

/** In the time zone of this process, which is the home's: `2026-01-31 07:30:00`. */
export function localTime(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? at : date.toLocaleString('sv-SE', { hourCycle: 'h23' });
}

/** Whole seconds from the one to the other. Both RFC 3339. */
export function seconds(since: string, now: string): number {
  return Math.max(0, Math.round((Date.parse(now) - Date.parse(since)) / 1000));
}

export function shortHash(hash: string | null): string {
  return hash === null ? '-' : hash.replace(/^sha256:/, '').slice(0, 8);
}

/** Left-aligned columns; the last one is cut where the terminal ends. */
export function table(rows: readonly (readonly string[])[], width: number | null): string[] {
  const plain = rows.map((row) => row.map((cell) => oneLine(cell)));
  const widths = (plain[0] ?? []).map((_, column) => Math.max(...plain.map((row) => row[column]?.length ?? 0)));
  return plain.map((row) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    return width === null || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
  });
}

export function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim();
}
