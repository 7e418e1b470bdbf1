/** The services' own questions to the orchestrator, over the bus, and what they do while it is away. */
import { randomUUID } from 'node:crypto';
import type { AgentId, InstanceNumber } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors.ts';
import type { OwnModel, Usage } from '../../domain/language-model.ts';
import type { Bus, Clock } from '../../domain/ports.ts';
import { SERVICES_ASK, type ServiceAnswer } from '../../domain/service-call.ts';

export interface OrchestratorLine {
  /** As the bundle of that instance says now; while the orchestrator is away, as it said last. @throws unavailable */
  modelOf(agent: AgentId, inst: InstanceNumber): Promise<OwnModel>;
  tellUsage(agents: Readonly<Record<AgentId, Usage>>): void;
  /** Gives a text of `re:system:1`. */
  take(text: string): void;
}

type Reply = Extract<ServiceAnswer, { type: 'reply' }>;

const AGAIN_MS = 500;
const TRIES = 4;
/** Who was away a moment ago is not waited for by each of those who ask meanwhile. */
const AWAY_MS = 10_000;
/** Instances whose settings are remembered. */
const MOST_KNOWN = 500;

export function createOrchestratorLine({ bus, clock }: { bus: Pick<Bus, 'publish'>; clock: Clock }): OrchestratorLine {
  const waiting = new Map<string, (reply: Reply) => void>();
  const known = new Map<string, OwnModel>();
  const asking = new Map<string, Promise<OwnModel>>();

  const publish = (id: string, op: string, args: object) =>
    bus.publish(SERVICES_ASK, { type: 'request', id, op, args, have: null }).catch(() => {}); // and again, or never mind

  const ask = async (op: string, args: object): Promise<unknown> => {
    const id = randomUUID();
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    const over = new AbortController();
    try {
      const reply = await Promise.race([answered, sendUntil(over.signal, () => publish(id, op, args), clock)]);
      if (!reply.ok)
        throw new HairemError(reply.error.code === 'not_found' ? 'not_found' : 'unavailable', reply.error.message);
      return reply.result;
    } finally {
      over.abort();
      waiting.delete(id);
    }
  };
  let awayUntil = 0;
  const learn = async (key: string, args: { agent: AgentId; inst: InstanceNumber }): Promise<OwnModel> => {
    try {
      if (clock.now() < awayUntil) throw away();
      const own = (await ask('model', args)) as OwnModel;
      known.delete(key);
      known.set(key, own);
      for (const oldest of known.keys()) if (known.size > MOST_KNOWN) known.delete(oldest);
      return own;
    } catch (error) {
      const isAway = error instanceof HairemError && error.code === 'unavailable';
      if (isAway && clock.now() >= awayUntil) awayUntil = clock.now() + AWAY_MS;
      const last = known.get(key);
      if (last) return last;
      throw error;
    }
  };
  return {
    modelOf(agent, inst) {
      const key = `${agent}.${inst}`;
      const asked = asking.get(key) ?? learn(key, { agent, inst }).finally(() => asking.delete(key));
      asking.set(key, asked);
      return asked;
    },
    tellUsage: (agents) => void publish(randomUUID(), 'usage', { agents }),
    take(text) {
      const reply = read(text);
      awayUntil = 0;
      if (reply) waiting.get(reply.id)?.(reply);
    },
  };
}

async function sendUntil(signal: AbortSignal, send: () => Promise<void>, clock: Clock): Promise<never> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    await send();
    await clock.sleep(AGAIN_MS, signal);
  }
  throw away();
}

const away = () =>
  new HairemError('unavailable', 'the orchestrator does not answer, and only it knows the settings of agents');

/** Only the orchestrator may publish there. */
function read(text: string): Reply | null {
  try {
    const value = JSON.parse(text) as Partial<Reply> | null;
    return value?.type === 'reply' && typeof value.id === 'string' ? (value as Reply) : null;
  } catch {
    return null;
  }
}
