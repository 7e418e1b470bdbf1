/**
 * Seals what the orchestrator says to instances (BUS.md, Seal): `ctl:<id>` and `re:<id>:<inst>` carry a MAC with a key
 * that no password of the bus gives away, and a serial that only grows, also over a restart of the orchestrator.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { AgentId } from '../domain/agent.ts';
import { writeJson } from '../domain/text/json-text.ts';
import type { RedisBus } from './redis-bus.ts';

/** The keys of an installation: the one that new instances get, and while it is rotated the one before it. */
export interface ControlKeys {
  current: string;
  former: string | null;
}

export interface ControlSeal {
  /** What an instance of this agent is started with: `<key>.<serial>`. */
  keyFor(agent: AgentId): string;
  /** The message with `mac` and `serial` in front; its JSON text is what was sealed. */
  seal(channel: string, agent: AgentId, message: object): object;
  /** From now on; `former` still opens for those who were started with it. */
  use(keys: ControlKeys): void;
}

/** Serials of one life: a life that began later has higher ones, whatever the clock says. */
const SERIALS_OF_A_SECOND = 2 ** 20;

export const newControlKey = () => randomBytes(32).toString('base64url');

/** @param life a number that no earlier life of this installation had or exceeded; see `nextLife` */
export function createControlSeal(keys: ControlKeys, life: number): ControlSeal {
  let known = keys;
  let serial = life * SERIALS_OF_A_SECOND;
  return {
    keyFor: (agent) => `${agentKey(known.current, agent)}.${serial}`,
    seal(channel, agent, message) {
      serial += 1;
      const body = { serial, ...message };
      const text = writeJson(body);
      const masters = known.former === null ? [known.current] : [known.current, known.former];
      const mac = masters.map((master) => macOf(agentKey(master, agent), channel, text)).join('.');
      return { mac, ...body };
    },
    use(next) {
      known = next;
    },
  };
}

/** Whole seconds where the clock is right, and more than before where it is not. */
export const nextLife = (before: number, wallMs: number) => Math.max(before + 1, Math.floor(wallMs / 1000));

/** One agent's key says nothing of another's. */
const agentKey = (master: string, agent: AgentId) => createHmac('sha256', master).update(agent).digest('base64url');

const macOf = (key: string, channel: string, body: string) =>
  createHmac('sha256', key).update(`${channel}\n${body}`).digest('base64url');

/** The same bus; what goes to instances is sealed. The two who ask and are no agents know no key. */
export function sealed(bus: RedisBus, seal: ControlSeal): RedisBus {
  const sealIfHeard = (channel: string, message: unknown) => {
    const agent = /^(?:ctl:([^:]+)|re:([^:]+):\d+)$/.exec(channel);
    const id = agent?.[1] ?? agent?.[2];
    if (!id || id === 'system' || typeof message !== 'object' || message === null) return message;
    return seal.seal(channel, id, message);
  };
  return {
    ...bus,
    publish: (channel, message) => bus.publish(channel, sealIfHeard(channel, message)),
    fenceAndPublish: (user, channel, message) => bus.fenceAndPublish(user, channel, sealIfHeard(channel, message)),
  };
}
