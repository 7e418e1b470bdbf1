/** The AgentHost of one instance: what its BaseAgent sees of the runtime. */
import type { AgentHost, CommandHandler, Profile, Skill } from '../agent-host.ts';
import type { OwnContext } from './context.ts';
import type { AgentLog } from './log.ts';
import type { Nursery } from './nursery.ts';
import type { Outbox } from './outbox.ts';
import type { ServiceLine } from './service-line.ts';

export interface InstanceHost extends AgentHost {
  profile: Profile;
  secrets: Readonly<Record<string, string>>;
  readonly log: AgentLog;
}

interface Parts {
  agent: string;
  inst: number;
  log: AgentLog;
  ctx: OwnContext;
  outbox: Outbox;
  services: ServiceLine;
  nursery: Nursery;
  stop: () => void;
}

export function createHost({ agent, inst, log, ctx, outbox, services, nursery, stop }: Parts): InstanceHost {
  return {
    id: agent,
    instance: inst,
    profile: { name: agent, role: null, description: null, config: {}, persona: null, llm_config: {}, skills: [] },
    secrets: {},
    log,
    ctx,
    commands: new Map<string, CommandHandler>(),
    skills: new Map<string, Skill>(),
    send: outbox.send,
    ask: outbox.ask,
    request: services.request,
    spawnTask: nursery.add,
    stop,
  };
}

/** What an agent can do, as its heartbeat lists it. */
export function offersOf({ commands, skills }: InstanceHost) {
  const named = [...skills.values()].map(({ name, description }) => ({ name, description }));
  return { commands: [...commands.keys()], skills: named };
}
