/** `hairem plan`: what the loop would do now, and why. */
import { printable } from '../../api/printable.ts';
import { agentPath, agentsOf, readCrew } from '../agents/records.ts';
import { connectApi } from '../api-client.ts';
import { type Command, EXIT } from '../command.ts';

export const plan: Command = async ({ words, json, config, terminal }) => {
  const api = await connectApi(config);
  const ids = words.length > 0 ? await agentsOf(words, api) : (await readCrew(api)).map(({ id }) => id);
  const plans: { id: string; plan: string }[] = [];
  for (const id of ids) plans.push({ id, plan: await api.text(agentPath(id, '/plan')) });
  if (json) terminal.out(JSON.stringify(plans, null, 2));
  else for (const { plan: text } of plans) terminal.out(printable(text.trimEnd()));
  return EXIT.ok;
};
