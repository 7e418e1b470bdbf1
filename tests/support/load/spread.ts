/** Percentiles of measurements; pure. */

export interface Spread {
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
  n: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    return value === undefined ? null : Number(value.toFixed(2));
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), n: sorted.length };
}
