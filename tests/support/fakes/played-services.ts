/** Services that a test plays on its Redis, as the orchestrator or the services process would. */
import type { Redis } from 'ioredis';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import { DEFAULT_GRANT } from '../../../orchestrator/src/domain/grants.ts';
import {
  NO_MODEL_RIGHTS,
  NO_USAGE,
  type OwnModel,
  type Usage,
} from '../../../orchestrator/src/domain/llm/language-model.ts';
import { orchestratorReplies, serviceReplies } from '../../../orchestrator/src/domain/messages/service-call.ts';
import { createCrewService } from '../../../orchestrator/src/reconcile/services/settings-service.ts';
import type { Call, Service } from '../../../orchestrator/src/rpc/operation.ts';
import { createRpcServer } from '../../../orchestrator/src/rpc/server.ts';
import { steppedClock } from './stepped-clock.ts';

/** @returns what ends it */
export async function playServices(redis: Redis, services: readonly Service[]): Promise<() => void> {
  const note = () => {};
  const ears = redis.duplicate();
  const server = createRpcServer({
    services,
    repliesOf: (name, agent, inst) =>
      name === 'crew' ? orchestratorReplies(agent, inst) : serviceReplies(name, agent, inst),
    bus: { publish: (channel, message) => redis.publish(channel, JSON.stringify(message)) },
    journal: { find: async () => null, keep: async () => {} },
    clock: steppedClock(),
    log: { debug: note, info: note, warn: note, error: note },
  });
  ears.on('pmessage', (_pattern, channel, text) => server.take(channel, text));
  await ears.psubscribe(...services.map(({ name }) => `svc:${name}:*`));
  return () => ears.disconnect();
}

/** The orchestrator as the services meet it: it says how every agent's model is configured, and hears what it cost. */
export interface PlayedCrew {
  own: OwnModel;
  usage(): Readonly<Record<string, Usage>>;
  stop(): void;
}

export async function playCrew(redis: Redis): Promise<PlayedCrew> {
  const used: Record<string, Usage> = {};
  const crew: PlayedCrew = { own: { llm_config: {}, api_key: null }, usage: () => used, stop: () => {} };
  const noteUsage = (agent: string, usage: Usage) => {
    used[agent] = usage;
  };
  crew.stop = await playServices(redis, [
    createCrewService({
      modelOf: () => ({ ...crew.own, ...NO_MODEL_RIGHTS }),
      noteUsage,
      quotaOf: () => DEFAULT_GRANT.databaseBytes,
      noteShared() {},
      noteStore() {},
      noteOverheard() {},
      onWord() {},
    }),
  ]);
  return crew;
}

/** An llm service that gives one answer to everything, in one piece; null: no model is configured. */
export function playedModel() {
  const model: { answer: { text: string; tools: string[] } | null; service: Service } = {
    answer: null,
    service: {
      name: 'llm',
      perAgent: 4,
      operations: {
        chat: { journal: false, run: async ({ tools }, call) => chat((tools as unknown[]).length > 0, call) },
        embed: { journal: false, run: async () => ({ embeddings: [[0.5, 0.5]], model: 'vectors', usage: NO_USAGE }) },
      },
    },
  };
  const chat = (mayUse: boolean, call: Call) => {
    if (!model.answer) throw new HairemError('not_configured', 'no language model is configured yet');
    const { text, tools } = model.answer;
    const tool_calls = (mayUse ? tools : []).map((tool, index) => {
      const [, name = '', args = ''] = /^(\w+) (.*)$/.exec(tool) ?? [];
      return { id: `call-${index}`, type: 'function', function: { name, arguments: args } };
    });
    call.emit({ text });
    const usage = { ...NO_USAGE, prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    return { text, tool_calls, finish_reason: 'stop', model: 'small', usage };
  };
  return model;
}
