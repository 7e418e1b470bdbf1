/** `hairem down-agents`: what `./hairem down` calls before it stops the orchestrator. */
import * as z from 'zod';
import { connectApi } from '../api-client.ts';
import { type Command, EXIT } from '../command.ts';

const done = z.object({ removed: z.literal(true) });

export const downAgents: Command = async ({ json, config, terminal }) => {
  const api = await connectApi(config);
  const answer = await api.json('/api/system/down', done, { method: 'POST' });
  terminal.out(json ? JSON.stringify(answer) : 'every agent, its network and its user on the bus are removed');
  return EXIT.ok;
};
