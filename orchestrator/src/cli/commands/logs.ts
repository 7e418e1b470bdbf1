/** `hairem logs`: what an agent and its build printed. */
import * as z from 'zod';
import { printable } from '../../api/printable.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import { DEEPEST_CARRIED, parseJson } from '../../domain/text/json-text.ts';
import { agentPath, agentsOf } from '../agents/records.ts';
import { connectApi } from '../api-client.ts';
import { type Command, EXIT } from '../command.ts';
import { localTime } from '../format.ts';
import { linesOf } from '../stream-items.ts';

const entry = z.union([
  z.object({ at: z.string().nullable(), stream: z.enum(['stdout', 'stderr', 'build']), text: z.string() }),
  z.object({ problem: z.object({ detail: z.string() }) }),
]);

export const logs: Command = async ({ words, options, json, config, terminal }) => {
  const query = new URLSearchParams();
  for (const name of ['tail', 'since']) if (typeof options[name] === 'string') query.set(name, options[name]);
  if (options.follow) query.set('follow', 'true');
  const api = await connectApi(config);
  const [agent = ''] = await agentsOf(words, api);
  const pieces = await api.stream(agentPath(agent, `/logs?${query}`), { headers: { accept: 'application/x-ndjson' } });
  for await (const line of linesOf(pieces)) {
    if (line === '') continue;
    const item = entry.parse(parseJson(line, DEEPEST_CARRIED));
    if ('problem' in item) throw new HairemError('internal', `the log broke off: ${item.problem.detail}`);
    const { at, stream, text } = item;
    const marked = stream === 'build' ? `build | ${text}` : text;
    terminal.out(
      json ? line : printable(options.timestamps ? `${at === null ? '-' : localTime(at)} ${marked}` : marked),
    );
  }
  return EXIT.ok;
};
