/** Answers what the orchestrator asks of an instance and what it tells it about itself: config, secrets, who it is. */
import type { BaseAgent } from '../base-agent.ts';
import { report } from '../follower/report.ts';
import type { FollowerState } from '../follower/state.ts';
import { reasonOf } from '../thrown.ts';
import type { InstanceHost } from './host.ts';
import type { AgentLog } from './log.ts';
import { environmentOf, filledIn } from './own-secrets.ts';
import type { Question, Welcome } from './words.ts';

interface DeskOptions {
  state: FollowerState;
  host: InstanceHost;
  log: AgentLog;
  agent: () => BaseAgent | null;
  say: (message: object) => void;
  /** Gives up handlers that have worked for so long. */
  giveUp: (seconds: number) => void;
}

export interface Desk {
  /** Hash of the version that this instance runs; null before it was welcomed. */
  hash(): string | null;
  answer(question: Question): void;
  welcome(welcome: Welcome): void;
}

export function createDesk({ state, host, log, agent, say, giveUp }: DeskOptions): Desk {
  let hash: string | null = null;
  let names: ReadonlyMap<string, string> = new Map();

  /** The live lane: new values, then the agent's own hook; if that throws, the old values stay. */
  const update = async (question: Question & { type: 'config_update' }) => {
    const before = host.profile;
    host.profile = filledIn(question.soft, names);
    try {
      await agent()?.onConfig();
      hash = question.hash;
      say({ type: 'applied', hash });
    } catch (error) {
      host.profile = before;
      log.error('onConfig() refused the update', { error });
      say({ type: 'applied', hash: question.hash, error: reasonOf(error) });
    }
  };
  return {
    hash: () => hash,
    answer(question) {
      if (question.type === 'whois') {
        say({ type: 'whois', nonce: question.nonce, hash, ...report(state) });
      } else if (question.inst === state.inst) {
        if (question.type === 'ping') say({ type: 'pong', nonce: question.nonce });
        else if (question.type === 'give_up') giveUp(question.seconds);
        else update(question);
      }
    },
    welcome({ soft, secrets, hash: welcomed }) {
      hash = welcomed;
      names = environmentOf(state.agent, secrets);
      host.profile = filledIn(soft, names);
      host.secrets = secrets;
      log.redact(Object.values(secrets));
      // Before the bundle's code is loaded, so that it may read them like any variable.
      for (const [name, value] of names) process.env[name] = value;
    },
  };
}
