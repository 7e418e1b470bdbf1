/** The address of this host on the engine's own bridge, from what the engine tells of it. Pure. */

interface BridgeRange {
  Gateway?: string | null;
  Subnet?: string | null;
}

export interface Bridge {
  IPAM?: { Config?: BridgeRange[] | null } | null;
}

/** Engine 20.10 names no gateway for a bridge that it has just made, before its first restart: it is the first address. */
export function bridgeAddress({ IPAM }: Bridge): string | null {
  const ranges = IPAM?.Config ?? [];
  const named = ranges.flatMap(({ Gateway }) => (Gateway ? [Gateway] : []));
  return [...named, ...ranges.flatMap(firstOf)].find((address) => !address.includes(':')) ?? null;
}

function firstOf({ Subnet }: BridgeRange): string[] {
  const parts = /^(\d+\.\d+\.\d+)\.(\d+)\/\d+$/.exec(Subnet ?? '');
  return parts ? [`${parts[1]}.${Number(parts[2]) + 1}`] : [];
}
