/** What the llm service adds to a model: the time to the first piece through it, and from the same server directly. */

import { command } from '../support/agents/command.ts';
import { thinker } from '../support/builders/bundles.ts';
import type { Installation } from '../support/installation/installation.ts';
import { startLlmServer } from '../support/servers/llm-server.ts';

export interface LlmFigures {
  /** Milliseconds to the first piece. */
  direct: number[];
  node: number[];
  python: number[];
}

const AGENTS = { node: 'thinker', python: 'thinker-python' } as const;
/** So that what slows the host slows all three. */
const AT_ONCE = 10;
const WARM_UP = 5;

type On = <T>(
  options: { agents: Record<string, ReturnType<typeof thinker>>; env: Record<string, string> },
  act: (installation: Installation) => Promise<T>,
) => Promise<T>;

export async function measureLlm(
  on: On,
  { rounds, note }: { rounds: number; note: (text: string) => void },
): Promise<LlmFigures> {
  const server = await startLlmServer();
  server.honoursKeys = false;
  server.onAsked = () => ({ text: 'one two three' });
  const agents = { [AGENTS.node]: thinker('node'), [AGENTS.python]: thinker('python') };
  const env = { HAIREM_LLM_BASE_URL: server.url, HAIREM_LLM_MODEL: 'small', HAIREM_LOG_LEVEL: 'info' };
  try {
    return await on({ agents, env }, async (installation) => {
      await installation.startServices();
      await installation.untilActive(Object.values(AGENTS), 240_000);
      const figures: LlmFigures = { direct: [], node: [], python: [] };
      for (const id of Object.values(AGENTS)) await firstPieces(installation, id, WARM_UP);
      await directly(server.url, WARM_UP);
      for (let round = 0; round < rounds; round += AT_ONCE) {
        figures.direct.push(...(await directly(server.url, AT_ONCE)));
        figures.node.push(...(await firstPieces(installation, AGENTS.node, AT_ONCE)));
        figures.python.push(...(await firstPieces(installation, AGENTS.python, AT_ONCE)));
      }
      note(`${rounds} answers of a language model, directly and through the service`);
      return figures;
    });
  } finally {
    await server.close();
  }
}

async function firstPieces(installation: Installation, id: string, count: number): Promise<number[]> {
  const { status, result, error } = await command(installation, id, {
    name: 'first_pieces',
    args: { count },
    waitSeconds: 60,
  });
  if (status !== 'success') throw new Error(`${id}: ${error}`);
  return result as number[];
}

/** With what Node has itself, on a connection that is kept open, as the service does. */
async function directly(url: string, count: number): Promise<number[]> {
  const taken: number[] = [];
  const body = JSON.stringify({ model: 'small', stream: true, messages: [{ role: 'user', content: 'say something' }] });
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body });
    const decoder = new TextDecoder();
    let text = '';
    let first: number | null = null;
    for await (const part of response.body ?? []) {
      text += decoder.decode(part, { stream: true });
      if (first === null && text.includes('one ')) first = performance.now() - began;
    }
    if (first === null) throw new Error('the server said nothing');
    taken.push(first);
  }
  return taken;
}
