/** What a record means to someone who waits for the agent or looks for trouble: well, on its way, or stuck, and why. */
import type { AgentStatus } from '../domain/agent-record.ts';
import type { WireRecord } from './crew.ts';
import { oneLine } from './format.ts';

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

/** Why it is not well: the most telling thing that the record knows, with the last log line where there is one. */
export function reasonOf({ status, stale, problems, last_update, last_restart, warnings }: WireRecord): string {
  if (status === 'active' && stale) return 'active, but no heartbeat for six seconds';
  const [problem] = problems.filter(({ severity }) => severity === 'error');
  if (problem)
    return oneLine(`${status}: ${problem.file}${problem.line === null ? '' : `:${problem.line}`} ${problem.message}`);
  const blocked = warnings.find((line) => /^(?:trust|secrets): /.test(line));
  if (status === 'blocked' && blocked) return oneLine(`blocked: ${blocked.replace(/^\w+: /, '')}`);
  const failure = warnings.find((line) => line.startsWith('failure: '))?.slice('failure: '.length);
  const why = failure ?? last_update?.error?.message ?? last_restart?.because;
  const line = last_update?.error?.log.at(-1);
  const told = [why, line].filter((part) => part !== undefined);
  return oneLine(told.length === 0 ? status : `${status}: ${told.join('; last line: ')}`);
}
