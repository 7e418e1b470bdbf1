/** The bundle's code from its loading to its teardown, with the phase in which it failed. */
import type { AgentHost } from '../agent-host.ts';
import type { BaseAgent } from '../base-agent.ts';
import { errorOf, reasonOf } from '../thrown.ts';
import type { Clock } from './clock.ts';
import { loadAgent } from './load-agent.ts';
import { placeIn } from './place.ts';

export type LifePhase = 'load' | 'start' | 'setup' | 'self_test';

/** What the bundle's code threw, and while it did what. */
export class LifeError extends Error {
  readonly phase: LifePhase;

  /** @param folder of the bundle: a place in it is said before the reason, where that does not begin with one */
  constructor(phase: LifePhase, cause: unknown, folder?: string) {
    const place = folder === undefined ? null : placeIn(folder, errorOf(cause));
    const reason = reasonOf(cause);
    super(place === null || /^[\w./-]+\.[mc]?[jt]s\b/.test(reason) ? reason : `${place}: ${reason}`, { cause });
    this.name = 'LifeError';
    this.phase = phase;
    this.stack = errorOf(cause).stack ?? this.stack ?? '';
  }
}

const TEARDOWN_MS = 5_000;

/** @param onAgent called as soon as there is an agent to tear down. Throws LifeError */
export async function bringUp(
  { folder, host }: { folder: string; host: AgentHost },
  onAgent: (agent: BaseAgent) => void,
): Promise<void> {
  const during = <T>(phase: LifePhase, step: () => T | Promise<T>) => inPhase(phase, step, folder);
  const Agent = await during('load', () => loadAgent(folder));
  const agent = await during('start', () => new Agent(host));
  onAgent(agent);
  await during('setup', () => agent.setup());
  await during('self_test', () => agent.selfTest());
}

/** Never rejects; a teardown that hangs is left behind. */
export async function tearDown(agent: BaseAgent, { host, clock }: { host: AgentHost; clock: Clock }): Promise<void> {
  const timer = new AbortController();
  const late = clock.sleep(TEARDOWN_MS, timer.signal).then(
    () => host.log.warn('teardown() did not end in time'),
    () => {},
  );
  try {
    await Promise.race([Promise.resolve(agent.teardown()), late]);
  } catch (error) {
    host.log.error('teardown() failed', { error });
  }
  timer.abort();
}

async function inPhase<T>(phase: LifePhase, step: () => T | Promise<T>, folder: string): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new LifeError(phase, error, folder);
  }
}
