/** Makes a value small enough: the longest part is halved, again and again, and it is said which parts those were. Pure. */

type Fields = Record<string, unknown>;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/**
 * @param most bytes of its JSON; what cannot be cut, as numbers and keys, may leave it above that
 * @returns the value itself where it is small enough; `cut` names the fields that are shorter now
 */
export function withinBytes<T extends object>(value: T, most: number): { value: T; cut: readonly string[] } {
  const cut = new Set<string>();
  let now: Fields = Object.fromEntries(Object.entries(value));
  while (sizeOf(now) > most) {
    const key = longestOf(now);
    const shorter = key === null ? null : shortened(now[key]);
    if (key === null || shorter === null) break;
    cut.add(key);
    now = { ...now, [key]: shorter };
  }
  return cut.size === 0 ? { value, cut: [] } : { value: now as T, cut: [...cut] };
}

/** @returns null for what cannot be cut */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 1 ? `${value.slice(0, value.length / 2 - 1)}…` : null;
  if (Array.isArray(value) && value.length > 1) return value.slice(0, value.length / 2);
  if (Array.isArray(value)) return replaced(value, 0, shortened(value[0]));
  if (!isFields(value)) return null;
  const key = longestOf(value);
  const shorter = key === null ? null : shortened(value[key]);
  return key === null || shorter === null ? null : { ...value, [key]: shorter };
}

function replaced(list: readonly unknown[], at: number, item: unknown): unknown {
  return item === null ? null : list.with(at, item);
}

/** The field that takes most, of those that can be cut. */
function longestOf(fields: Fields): string | null {
  const long = Object.keys(fields)
    .filter((key) => typeof fields[key] === 'string' || isFields(fields[key]))
    .map((key) => ({ key, size: sizeOf(fields[key]) }))
    .filter(({ size }) => size > 4);
  return (
    long.reduce<(typeof long)[number] | null>((one, other) => (one && one.size >= other.size ? one : other), null)
      ?.key ?? null
  );
}
