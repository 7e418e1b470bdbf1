/**
 * `npm run bench`: measures what hAIrem promises about speed, loss and size, each beside what it is compared with in
 * the same run; prints a table and writes `results.json`. `-- --quick` does the same with fewer rounds.
 */
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crewFolder, parrot, pythonEcho } from '../support/builders/bundles.ts';
import {
  type Installation,
  type InstallationOptions,
  startInstallation,
} from '../support/installation/installation.ts';
import { type AskFigures, measureAsks } from './asks.ts';
import { engineVersion } from './engine-figures.ts';
import { prepareFloor } from './floor.ts';
import { measureLlm } from './llm.ts';
import { measureMemory } from './memory.ts';
import { measureReplies, type ReplyFigures } from './replies.ts';
import { resultsOf } from './results.ts';
import { type Sizes, sizesFrom } from './sizes.ts';
import { measureSmall, type SmallFigures } from './small.ts';
import { editOfEcho, editOfPythonEcho, measureSpeed, type SpeedFigures } from './speed.ts';
import { AGENTS, measureSwaps, type SwapFigures, WINDOW_MS } from './swaps.ts';
import { renderParts, renderTable } from './table.ts';

const RESULTS = fileURLToPath(new URL('./results.json', import.meta.url));
const SPEED_AGENT = 'echo';
const PYTHON_AGENT = 'echo-python';

const began = performance.now();
const note = (text: string) =>
  console.log(`${`${Math.round((performance.now() - began) / 1000)}`.padStart(4)} s  ${text}`);

async function on<T>(options: InstallationOptions, act: (installation: Installation) => Promise<T>): Promise<T> {
  const installation = await startInstallation(options);
  try {
    return await act(installation);
  } catch (error) {
    console.error(await installation.logs());
    throw error;
  } finally {
    await installation.stop();
  }
}

interface Alone {
  small: SmallFigures;
  speed: SpeedFigures;
  python: SpeedFigures;
  asks: AskFigures;
}

/** One agent of each language, idle but for its edits; then those that ask each other. */
function alone(sizes: Sizes): Promise<Alone> {
  return on({}, async (installation) => {
    await installation.agents.copy(SPEED_AGENT, join(crewFolder, 'echo'));
    await installation.agents.put(PYTHON_AGENT, pythonEcho());
    await installation.untilActive([SPEED_AGENT, PYTHON_AGENT], 240_000);
    const floors = { node: await prepareFloor(installation), python: await prepareFloor(installation, 'python') };
    try {
      const small = await measureSmall({ installation, floors }, { idleSeconds: sizes.idleSeconds, note });
      const rounds = { rounds: sizes.speedRounds, note };
      const node = { installation, floor: floors.node, id: SPEED_AGENT, logic: editOfEcho };
      const python = { installation, floor: floors.python, id: PYTHON_AGENT, logic: editOfPythonEcho };
      return {
        small,
        speed: await measureSpeed(node, { ...rounds, compare: true }),
        python: await measureSpeed(python, { ...rounds, compare: false }),
        asks: await measureAsks({ installation, floors }, { rounds: sizes.askRounds, note }),
      };
    } finally {
      await floors.node.close();
      await floors.python.close();
    }
  });
}

/** Eight agents that answer as fast as they are asked. */
function loaded({ swaps, reverts, replyRounds }: Sizes): Promise<{ swaps: SwapFigures; replies: ReplyFigures }> {
  const files = parrot({ mark: 'v0' }, { update: { monitor_seconds: WINDOW_MS / 1000 } });
  // A version that was reverted is not tried again meanwhile.
  const env = { HAIREM_BACKOFF_BASE_MS: '600000' };
  return on({ agents: Object.fromEntries(AGENTS.map((id) => [id, files])), env }, async (installation) => {
    await installation.untilActive(AGENTS, 240_000);
    const replies = await measureReplies(installation, { rounds: replyRounds, note });
    return { replies, swaps: await measureSwaps(installation, { swaps, reverts, note }) };
  });
}

async function main(sizes: Sizes): Promise<void> {
  const engine = await engineVersion();
  const host = {
    cpus: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  note(`${engine.name} ${engine.version}, ${host.cpus} CPUs, Node ${host.node}`);
  const about = { quick: sizes.quick, startedAt: new Date().toISOString(), engine, host };
  const memory = await measureMemory(sizes.memory, { note });
  const llm = await measureLlm(on, { rounds: sizes.llmRounds, note });
  const results = resultsOf({ ...about, memory, llm, ...(await alone(sizes)), ...(await loaded(sizes)) });
  await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${renderTable(results)}\n\n${renderParts(results)}`);
  console.log(`written to ${RESULTS} after ${Math.round((performance.now() - began) / 1000)} s`);
  if (results.lost + results.duplicated + results.reordered > 0) process.exitCode = 1;
}

const sizes = sizesFrom(process.argv.slice(2));
if (sizes) {
  await main(sizes);
} else {
  console.error('usage: npm run bench [-- --quick]');
  process.exitCode = 2;
}
