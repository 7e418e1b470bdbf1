/**
 * Who takes too much of Redis, or is where it must not be: read out of the list of its connections. Pure. Each agent is
 * alone on its own network, so an address says whose connection it is, whatever name it gives.
 */

import type { Speaker } from '../../bus/limits/metered-bus.ts';
import type { AgentId } from '../../domain/agent.ts';
import type { ObservedNetwork } from '../../domain/observation.ts';
import type { BusConnection } from '../../domain/ports/bus-state.ts';
import type { SecurityKind } from '../../domain/security.ts';

export interface Finding {
  who: Speaker;
  kind: SecurityKind;
  what: string;
  /** Of connections that end at once, since no user that goes would end them. */
  end: readonly string[];
  /** The user that does not read, where that is all that is known: one look proves nothing. */
  behind?: string;
}

export interface Judging {
  networks: readonly Pick<ObservedNetwork, 'agent' | 'subnets'>[];
  /** Who said the most lately, of all that agents say. */
  loudest: { agent: AgentId; bytes: number } | null;
}

/** An SDK needs one, and another while it comes back. */
const CONNECTIONS = 4;
/** Each instance is nobody for a moment, until it has said its password. */
const NAMELESS = 8;
const MIB = 1024 * 1024;
/** A message has 1 MiB at most, and one is sent at a time. */
const UNFINISHED_BYTES = 8 * MIB;
const UNREAD_BYTES = 8 * MIB;
/** Between two looks; who says less fills no buffer of one that reads, and is not blamed for one that does not. */
const LOUD_BYTES = 12 * MIB;

export function judgeConnections(connections: readonly BusConnection[], { networks, loudest }: Judging): Finding[] {
  const place = placeOf(networks);
  const groups = Map.groupBy(connections, ({ user, address }) => ownerOf(user, place(address)));
  const findings = [...groups].flatMap(([key, own]) => (key === null ? [] : judge(key, own)));
  const choked = connections.filter(({ user, unreadBytes }) => speakerOf(user) && unreadBytes > UNREAD_BYTES);
  const byReader = choked.filter(({ user }) => !findings.some(({ who }) => who.agent === speakerOf(user)?.agent));
  return byReader.length > 0 ? [...findings, chokedBy(byReader, loudest)] : findings;
}

/** A group of connections: `<agent>.<inst>` by its name, `<agent>!default` and `<agent>!<core user>` by its address. */
export function ownerOf(user: string, agent: AgentId | null): string | null {
  if (speakerOf(user)) return user;
  return agent === null ? null : `${agent}!${user}`;
}

/** @param key what `ownerOf` gave */
export function whoIs(key: string): Speaker {
  const [agent = ''] = key.split('!');
  return speakerOf(key) ?? { agent, inst: null };
}

function judge(key: string, own: readonly BusConnection[]): Finding[] {
  const [, name] = key.split('!');
  if (name === undefined) return judgeInstance(key, own);
  const end = own.map(({ id }) => id);
  const who = whoIs(key);
  if (name !== 'default') {
    const what = `a connection from its network used the password of \`${name}\``;
    return [{ who, kind: 'foreign_core_connection', what, end }];
  }
  if (own.length <= NAMELESS && sum(own, 'unfinishedBytes') <= UNFINISHED_BYTES) return [];
  return [{ who, kind: 'connections', what: `it has ${own.length} connections to the bus that name no user`, end }];
}

function judgeInstance(user: string, own: readonly BusConnection[]): Finding[] {
  const who = speakerOf(user);
  if (!who) return [];
  if (own.length > CONNECTIONS)
    return [{ who, kind: 'connections', what: `it has ${own.length} connections to the bus and needs one`, end: [] }];
  const unfinished = sum(own, 'unfinishedBytes');
  if (unfinished <= UNFINISHED_BYTES) return [];
  const what = `it holds ${Math.round(unfinished / MIB)} MiB at Redis in commands that it does not finish`;
  return [{ who, kind: 'hog', what, end: [] }];
}

/** Who fills a buffer is fenced, not who has it; where nobody is loud, who has it does not read. */
function chokedBy(readers: readonly BusConnection[], loudest: Judging['loudest']): Finding {
  const worst = readers.reduce((one, other) => (other.unreadBytes > one.unreadBytes ? other : one));
  const reader = speakerOf(worst.user) ?? { agent: '', inst: null };
  const unread = `${Math.round(worst.unreadBytes / MIB)} MiB wait at Redis for ${reader.agent}`;
  if (loudest && loudest.bytes > LOUD_BYTES) {
    const what = `${unread}, and it says the most: ${Math.round(loudest.bytes / MIB)} MiB since the last look`;
    return { who: { agent: loudest.agent, inst: null }, kind: 'output_buffer', what, end: [] };
  }
  const what = `${unread}, which does not read them`;
  return { who: reader, kind: 'output_buffer', what, end: [], behind: worst.user };
}

function sum(connections: readonly BusConnection[], key: 'unfinishedBytes' | 'unreadBytes'): number {
  return connections.reduce((total, connection) => total + connection[key], 0);
}

/** The instance of a user `<agent>.<inst>`; null for any other. */
export function speakerOf(user: string): Speaker | null {
  const [, agent, inst] = /^([a-z0-9-]+)\.([1-9][0-9]*)$/.exec(user) ?? [];
  return agent && inst ? { agent, inst: Number(inst) } : null;
}

/** @returns whose network an IPv4 address is in; null where it is nobody's */
export function placeOf(networks: Judging['networks']): (address: string) => AgentId | null {
  const ranges = networks.flatMap(({ agent, subnets }) => subnets.map((subnet) => ({ agent, ...rangeOf(subnet) })));
  return (address) => {
    const number = numberOf(address);
    return ranges.find(({ from, size }) => number >= from && number < from + size)?.agent ?? null;
  };
}

function rangeOf(subnet: string): { from: number; size: number } {
  const [base = '', bits = '32'] = subnet.split('/');
  return { from: numberOf(base), size: 2 ** (32 - Number(bits)) };
}

/** NaN, which is in no range, for what is no IPv4 address. */
function numberOf(address: string): number {
  const parts = address
    .replace(/^::ffff:/, '')
    .split('.')
    .map(Number);
  return parts.length === 4 ? parts.reduce((number, part) => number * 256 + part, 0) : Number.NaN;
}
