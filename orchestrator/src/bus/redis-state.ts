/** What Redis tells of its connections (CLIENT LIST), its work (INFO), users (ACL GETUSER) and what it refused (ACL LOG). */
import type { BusConnection, BusCounts, BusRefusal } from '../domain/ports/bus-state.ts';

/** @param list what CLIENT LIST says: a line for each connection, of `key=value` */
export function connectionsIn(list: string): BusConnection[] {
  return list
    .split('\n')
    .filter((line) => line.startsWith('id='))
    .map((line) => {
      const count = (key: string) => Number(fieldOf(line, key)) || 0;
      return {
        id: line.slice(3, line.indexOf(' ')),
        user: fieldOf(line, 'user'),
        address: hostOf(fieldOf(line, 'addr')),
        listens: count('sub') + count('psub') > 0,
        ageSeconds: count('age'),
        unreadBytes: count('omem'),
        unfinishedBytes: count('qbuf') + count('argv-mem') + count('multi-mem'),
        unsentBytes: count('obl') + count('omem'),
      };
    });
}

/** @param info what INFO says of `clients` and `stats`: lines of `key:value` */
export function countsIn(info: string): BusCounts {
  const count = (key: string) => Number(new RegExp(`^${key}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return {
    connections: count('connected_clients'),
    commands: count('total_commands_processed'),
    errors: count('total_error_replies'),
    opened: count('total_connections_received'),
    bytes: count('total_net_input_bytes'),
  };
}

/** @param entries what ACL LOG says: maps, or flat lists of keys and values */
export function refusalsIn(entries: unknown): BusRefusal[] {
  if (!Array.isArray(entries)) return [];
  return entries.map(mapOf).map((entry) => ({
    user: String(entry.get('username') ?? ''),
    address: hostOf(fieldsOf(String(entry.get('client-info') ?? '')).get('addr')),
    reason: String(entry.get('reason') ?? ''),
    object: String(entry.get('object') ?? ''),
    count: Number(entry.get('count') ?? 1) || 1,
  }));
}

/** @param reply what ACL GETUSER says: a map, or a flat list of keys and values; null for no such user */
export function passwordsIn(reply: unknown): string[] {
  const passwords = mapOf(reply).get('passwords');
  return Array.isArray(passwords) ? passwords.map(String) : [];
}

/** @param reply what ACL GETUSER says */
export function isOn(reply: unknown): boolean {
  const flags = mapOf(reply).get('flags');
  return Array.isArray(flags) && flags.includes('on');
}

function mapOf(entry: unknown): Map<string, unknown> {
  if (entry instanceof Map) return entry;
  if (!Array.isArray(entry)) return new Map(Object.entries(entry ?? {}));
  const pairs = entry.flatMap((key, at) => (at % 2 === 0 ? [[String(key), entry[at + 1]] as const] : []));
  return new Map(pairs);
}

/** Of thirty fields a few are needed, twice a second: no value has a space in it, so none is taken for a field. */
function fieldOf(line: string, key: string): string {
  const at = line.indexOf(` ${key}=`);
  if (at < 0) return '';
  const end = line.indexOf(' ', at + 1);
  return line.slice(at + key.length + 2, end < 0 ? line.length : end);
}

function fieldsOf(line: string): Map<string, string> {
  return new Map(
    line.split(' ').map((field) => {
      const at = field.indexOf('=');
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

/** `10.201.0.3:51422`, `[::1]:51422` */
const hostOf = (address = '') => address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
