/** What every part of the hand-over is given: the ports, and the one way to report, on which facts become records. */

import { createSlots } from '../async/semaphore.ts';
import type { AgentId } from '../domain/agent.ts';
import type { Config } from '../process/config.ts';
import { type Actor, recordCrash } from '../reconcile/agent-worker.ts';
import { createEmitOnce } from '../reconcile/record/emit-once.ts';
import { createSecurityKeeper } from '../reconcile/record/keep-security.ts';
import { logFact } from '../reconcile/record/log-event.ts';
import { createSecurityReports } from '../reconcile/record/report-security.ts';
import type { RolloutDeps } from '../rollout/deps.ts';
import { createStatusInbox } from '../rollout/instances/status-inbox.ts';
import type { KillPoint } from '../rollout/kill-points.ts';
import type { CrewParts } from './start-agents.ts';

const STARTS_AT_ONCE = 4;

export function rolloutDepsOf(
  parts: CrewParts,
  { actors, wake, onFact }: { actors: ReadonlyMap<AgentId, Actor>; wake: () => void; onFact: RolloutDeps['emit'] },
): RolloutDeps {
  const { host, bus, clock, config, installId, log, registry, secrets, store } = parts;
  const once = createEmitOnce();
  // A volume that is full must not take an agent down: labels and instances know nearly all of it.
  const save: RolloutDeps['save'] = (session) =>
    store.save(session.agent, session.stored).catch((error) => log.error('saving what is stored', { error }));
  const keeper = createSecurityKeeper({ sessionOf: (id) => actors.get(id)?.session, save });
  const emit: RolloutDeps['emit'] = (agent, fact) => {
    if (!once.isNews(agent, fact)) return;
    const actor = actors.get(agent);
    if (actor && fact.type === 'crashed') recordCrash(actor, { now: clock.now(), baseMs: config.backoffBaseMs });
    const at = clock.timestamp();
    registry.apply({ agent, at, ...fact });
    const past = keeper.note(agent, fact, at);
    if (past) registry.apply({ agent, at, ...past });
    logFact(log, agent, fact);
    onFact(agent, fact);
  };
  const starts = createSlots(STARTS_AT_ONCE);
  const report = createSecurityReports({ clock, emit, signal: parts.signal });
  const statusInbox = createStatusInbox(clock, parts.note, (agent, what) => report(agent, 'forged', what));
  bus.onMessage((channel, text) => {
    if (channel.startsWith('st:')) statusInbox.take(channel, text);
  });
  return {
    host,
    bus,
    statusInbox,
    clock,
    installId,
    redisPort: 6379,
    controlKeyFor: parts.controlKeyFor,
    wake,
    slot: async (signal) => (await starts(null, signal)).release,
    save,
    secretsOf: secrets.givenTo,
    reached: (point) => killAt(config, point),
    onError: (what, error) => log.error(what, { error }),
    emit,
    report,
  };
}

/** Tests end the process at a named place, as a power cut would. */
function killAt(config: Config, point: KillPoint): void {
  if (config.killAt === point) process.kill(process.pid, 'SIGKILL');
}
