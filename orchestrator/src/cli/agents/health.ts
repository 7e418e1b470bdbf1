/** What a record means to someone who waits for the agent or looks for trouble: well, on its way, or stuck, and why. */
import type { AgentStatus } from '../../domain/agent-record.ts';
import type { BehindKind } from '../../domain/behind.ts';
import { oneLine, shortHash } from '../format.ts';
import type { WireRecord } from './records.ts';

export type Health = 'well' | 'coming' | 'stuck' | 'off';

const HEALTH: Readonly<Record<AgentStatus, Health>> = {
  active: 'well',
  building: 'coming',
  starting: 'coming',
  backoff: 'coming',
  failed: 'stuck',
  invalid: 'stuck',
  blocked: 'stuck',
  stopped: 'off',
  disabled: 'off',
};

/** Once may be bad luck: a peer that was not there yet. What has failed so often fails until somebody changes it. */
const HOPELESS_TRIES = 2;

export function healthOf({ status, stale, tries }: WireRecord): Health {
  if (status === 'active' && stale) return 'coming';
  return HEALTH[status] === 'coming' && tries >= HOPELESS_TRIES ? 'stuck' : HEALTH[status];
}

/** Something runs, and what its folder asks for is on its way: it may still come by itself. */
export function isUpdating(record: WireRecord): boolean {
  const { behind, bundle, tries } = record;
  if (healthOf(record) !== 'well') return false;
  if (behind !== null) return behind.kind === 'settling' || (behind.kind === 'failed' && tries < HOPELESS_TRIES);
  return bundle.desired !== null && bundle.desired !== bundle.running;
}

/** What of what the folder asks for does not run although something does, or nothing should; null where nothing is amiss. */
export function behindOf(record: WireRecord): string | null {
  const { behind, status } = record;
  if (behind === null || isSaidByStatus(record)) return null;
  return oneLine(`${status}${ofVersion(record)}, ${BEHIND[behind.kind]}: ${behind.because}`);
}

/** In few words, for a table. */
export function statusOf(record: WireRecord): string {
  const { behind, status, stale } = record;
  const shown = stale ? `${status} (stale)` : status;
  return behind === null || isSaidByStatus(record) ? shown : `${shown}, ${IN_SHORT[behind.kind]}`;
}

/** Of an agent that nothing runs of, `reasonOf` says why. */
const isSaidByStatus = (record: WireRecord) => healthOf(record) === 'stuck' || record.status === 'backoff';

const ofVersion = ({ bundle: { running } }: WireRecord) => (running === null ? '' : ` as ${shortHash(running)}`);

const BEHIND: Readonly<Record<BehindKind, string>> = {
  invalid: 'but its folder is invalid, so nothing new of it is taken',
  settling: 'but its folder is not taken',
  held: 'but its update is held',
  blocked: 'but its update is blocked',
  condemned: 'but its update was reverted',
  failed: 'but its update failed',
  rolled_back: 'as it was rolled back',
  gone: 'but not for long',
};

const IN_SHORT: Readonly<Record<BehindKind, string>> = {
  invalid: 'folder invalid',
  settling: 'folder restless',
  held: 'update held',
  blocked: 'update blocked',
  condemned: 'update reverted',
  failed: 'update failed',
  rolled_back: 'rolled back',
  gone: 'folder gone',
};

/** Why it is not well: the most telling thing that the record knows, with the last log line where there is one. */
export function reasonOf(record: WireRecord): string {
  const { status, stale, behind, last_update, last_restart, warnings } = record;
  if (status === 'active' && stale) return 'active, but no heartbeat for six seconds';
  if (behind && (status === 'invalid' || status === 'blocked')) return oneLine(`${status}: ${behind.because}`);
  const blocked = warnings.find((line) => /^(?:trust|secrets): /.test(line));
  if (status === 'blocked' && blocked) return oneLine(`blocked: ${blocked.replace(/^\w+: /, '')}`);
  const failure = warnings.find((line) => line.startsWith('failure: '))?.slice('failure: '.length);
  const why = failure ?? last_update?.error?.message ?? last_restart?.because;
  const line = last_update?.error?.log.at(-1);
  const folder = behind?.kind === 'invalid' ? `its folder is invalid: ${behind.because}` : undefined;
  const isSaid = line === undefined || why?.includes(line.trim());
  const told = [why, isSaid ? undefined : `last line: ${line}`, folder].filter((part) => part !== undefined);
  return oneLine(told.length === 0 ? status : `${status}: ${told.join('; ')}`);
}
