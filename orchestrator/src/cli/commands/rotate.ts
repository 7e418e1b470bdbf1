/**
 * `hairem rotate`: has the orchestrator change every credential, and follows it to the end. `deploy/rotate.sh` has
 * prepared what comes next before, and makes it the only one after.
 */
import type * as z from 'zod';
import { printable } from '../../api/printable.ts';
import { rotationSchema } from '../../api/routes/rotation-routes.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Clock } from '../../domain/ports/ports.ts';
import type { Config } from '../../process/config.ts';
import { connectApi } from '../api-client.ts';
import { type Call, type Command, EXIT } from '../command.ts';
import { asHere } from '../local-names.ts';
import { numberOption } from '../number-option.ts';

type Shown = z.output<typeof rotationSchema>;

const LOOK_EVERY_MS = 500;
/** Its own token is changed meanwhile, and the orchestrator may be started again. */
const PATIENCE_MS = 60_000;

export const rotate: Command = async (call) => {
  const { config, json, terminal, clock } = call;
  const deadline = clock.now() + numberOption(call, 'timeout', { fallback: 1800, min: 1, max: 86_400 }) * 1000;
  const say = json ? () => {} : progress(call);
  let shown = await begin(config);
  say(shown);
  while (shown.state === 'running' && clock.now() < deadline) {
    await clock.sleep(LOOK_EVERY_MS);
    shown = await look(config, clock);
    say(shown);
  }
  if (json) terminal.out(JSON.stringify(shown));
  if (shown.state === 'done') return EXIT.ok;
  if (shown.state !== 'running')
    throw new HairemError('conflict', 'what was being changed is gone: run `./hairem rotate` again');
  for (const { id, because } of shown.waits_for)
    terminal.err(printable(`${id} still has its old credential: ${because}`));
  const agents = shown.waits_for.map(({ id }) => id).join(' ') || 'the agents';
  const advice = `it goes on by itself; \`hairem stop ${agents}\` ends what keeps it, then run \`./hairem rotate\` again`;
  throw new HairemError('timeout', `not everything is changed yet: ${shown.problem ?? advice}`);
};

/** The token is read anew for each call. */
async function begin(config: Config): Promise<Shown> {
  return (await connectApi(config)).json('/api/rotation', rotationSchema, { method: 'POST' });
}

async function look(config: Config, clock: Clock): Promise<Shown> {
  const until = clock.now() + PATIENCE_MS;
  while (true) {
    try {
      return await (await connectApi(config)).json('/api/rotation', rotationSchema);
    } catch (error) {
      const passes = error instanceof HairemError && ['unauthorized', 'api_unavailable'].includes(error.code);
      if (!passes || config.api.token !== null || clock.now() >= until) throw error;
      await clock.sleep(LOOK_EVERY_MS);
    }
  }
}

/** A line for each agent that has its new credential, and for what keeps the others when that has changed. */
function progress({ terminal, config }: Pick<Call, 'terminal' | 'config'>): (shown: Shown) => void {
  const told = new Map<string, string>();
  let problem: string | null = null;
  const out = (text: string) => terminal.out(printable(asHere(text, config)));
  return (shown) => {
    if (shown.problem !== null && shown.problem !== problem) out(`it is tried again: ${shown.problem}`);
    problem = shown.problem;
    const waiting = new Map(shown.waits_for.map(({ id, because }) => [id, because]));
    for (const [id, because] of waiting) if (told.get(id) !== because) out(`${id}: ${because}`);
    for (const id of told.keys()) if (!waiting.has(id)) out(`${id} has its new credential`);
    told.clear();
    for (const [id, because] of waiting) told.set(id, because);
    if (shown.state !== 'done') return;
    if (shown.strangers.length > 0)
      out(
        `Redis has users that hAIrem did not make: ${shown.strangers.join(', ')}. \`docker compose restart redis\` ends them; messages of that moment are lost`,
      );
    out('every credential is changed, and none of before is taken any more');
  };
}
