/**
 * Agents of an SDK that think, the services and a server of language models, as processes on a real Redis: what a suite
 * needs that talks to them.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type PlayedCrew, playCrew } from '../fakes/played-services.ts';
import { type LlmServer, startLlmServer } from '../servers/llm-server.ts';
import { probesOnRedis } from './sdk-probes.ts';
import { type Fields, type Heard, SDK, softPart } from './sdk-rig.ts';
import { prepareServices, type ServicesProcess } from './services-process.ts';

export const THINKER = fileURLToPath(
  new URL(`../../bundles/thinker${SDK === 'python' ? '-python' : ''}`, import.meta.url),
);
export const SKILLS = [
  { name: 'now', description: 'The time.', parameters: { type: 'object', properties: { zone: { type: 'string' } } } },
  { name: 'who_can', description: 'Who can do it.' },
];

/** Called inside `describe`: its hooks start and stop all of it. */
export function thinkersOnRedis() {
  const probes = probesOnRedis();
  const { rig, first } = probes;
  const own: { services?: ServicesProcess; model?: LlmServer; crew?: PlayedCrew } = {};
  const model = () => own.model as LlmServer;
  before(async () => {
    own.model = await startLlmServer();
    const env = { HAIREM_LLM_BASE_URL: model().url, HAIREM_LLM_MODEL: 'small', HAIREM_LLM_EMBEDDING_MODEL: 'vectors' };
    own.services = await prepareServices(rig().redis, rig().server.port, env);
    own.crew = await playCrew(rig().redis);
    await own.services.start();
  });
  beforeEach(() => {
    model().onAsked = ({ body }) => ({ text: `heard: ${String(body.messages?.at(-1)?.content)}` });
    model().honoursKeys = true;
    (own.crew as PlayedCrew).own = { llm_config: {}, api_key: null };
  });
  after(async () => {
    await own.model?.close();
    own.crew?.stop();
    await own.services?.remove();
  });
  const soft = (more: Fields = {}) => ({
    ...softPart('Thinker', {}),
    skills: SKILLS,
    persona: { system_prompt: 'You think.', theme_responses: { Winter: 'Cold.' } },
    ...more,
  });
  return {
    ...probes,
    model,
    services: () => own.services as ServicesProcess,
    crew: () => own.crew as PlayedCrew,
    soft,
    thinker: (more: Fields = {}) => first({ folder: THINKER, soft: soft(more) }),
    /** What the agent says because of one message, until its whole answer. */
    async talk(message: Fields, from = 'user') {
      const id = randomUUID();
      const said: Heard['message'][] = [];
      const isAbout = ({ message: { metadata } }: Heard) => (metadata as Fields | undefined)?.correlation_id === id;
      const done = rig().hear(`the answer to ${id}`, (heard) => {
        if (isAbout(heard)) said.push(heard.message);
        return isAbout(heard) && heard.message.type === 'agent.speaking' && !(heard.message.payload as Fields).speaking;
      });
      await rig().send({ type: 'user_message', ...message, payload: message.payload as Fields, id, from });
      await done;
      return said;
    },
    async result(command: string, args: Fields = {}, deadlineMs?: number) {
      const { status, result, error } = await rig().command(command, args, deadlineMs);
      assert.equal(status, 'success', String(error));
      return result;
    },
  };
}
