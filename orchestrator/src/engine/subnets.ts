/** IPv4 arithmetic for agents' networks: which /29 of our range is free. Pure. */

const AGENT_PREFIX = 29;
const AGENT_SIZE = 2 ** (32 - AGENT_PREFIX);

interface Range {
  first: number;
  last: number;
}

/** The first /29s of `pool` that overlap none of `taken`; what is not an IPv4 network is ignored. */
export function freeSubnets({ pool, taken, limit }: { pool: string; taken: readonly string[]; limit: number }) {
  const found: string[] = [];
  const range = rangeOf(pool);
  if (!range) return found;
  const blocked = taken.map(rangeOf).filter((other) => other !== null);
  for (let first = range.first; first + AGENT_SIZE - 1 <= range.last && found.length < limit; first += AGENT_SIZE) {
    const last = first + AGENT_SIZE - 1;
    if (blocked.every((other) => other.last < first || other.first > last))
      found.push(`${dotted(first)}/${AGENT_PREFIX}`);
  }
  return found;
}

function rangeOf(cidr: string): Range | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (!match) return null;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
