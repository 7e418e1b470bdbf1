/** `hairem allow`: shows what an agent asks for beyond what was accepted, and says the word for just that. */
import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import { printable } from '../../api/printable.ts';
import { allowanceSchema } from '../../api/routes/allow-routes.ts';
import { agentPath, agentsOf, readCrew } from '../agents/records.ts';
import { type ApiClient, connectApi } from '../api-client.ts';
import { type Call, type Command, EXIT, type ExitCode } from '../command.ts';

type Shown = z.output<typeof allowanceSchema>;

const accepted = z.object({ id: z.string(), accepted: z.string() });

/** Without an agent it shows what waits, and accepts nothing. */
export const allow: Command = async (call) => {
  const api = await connectApi(call.config);
  const ids = call.words.length > 0 ? await agentsOf(call.words, api) : (await readCrew(api)).map(({ id }) => id);
  const shown: (Shown & { id: string; accepted: boolean })[] = [];
  let code: ExitCode = EXIT.ok;
  for (const id of ids) {
    const allowance = await api.json(agentPath(id, '/allow'), allowanceSchema);
    if (allowance.hash === null && call.words.length === 0) continue;
    if (!call.json) for (const line of linesOf(id, allowance)) call.terminal.out(printable(line));
    const isAccepted = allowance.hash !== null && (await isWanted(call, id)) && (await accept(api, id, allowance.hash));
    if (allowance.hash !== null && !isAccepted && call.words.length > 0) code = EXIT.failed;
    if (!call.json && isAccepted) call.terminal.out(`${id}: accepted; \`hairem events\` shows it happen`);
    shown.push({ id, ...allowance, accepted: isAccepted });
  }
  if (call.json) call.terminal.out(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) call.terminal.out('nothing waits for your word');
  return code;
};

function linesOf(id: string, { hash, because, asks, gives_up }: Shown): string[] {
  if (hash === null) return [`${id}: nothing of it waits for your word`];
  const gained = asks.map((line) => `  + ${line}`);
  const given = gives_up.map((line) => `  - ${line}`);
  return [`${id} ${because ?? 'waits for your word'}`, ...gained, ...given];
}

/** Nothing is accepted that nobody said yes to: a program says it with --yes. */
async function isWanted({ words, options, json, terminal }: Call, id: string): Promise<boolean> {
  if (words.length === 0) return false;
  if (options.yes === true) return true;
  if (json || terminal.width === null || !process.stdin.isTTY) {
    terminal.err(`not accepted: \`hairem allow ${id} --yes\` accepts it`);
    return false;
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await reader.question(`allow ${id} all of this? [y/N] `)).trim());
  } finally {
    reader.close();
  }
}

async function accept(api: ApiClient, id: string, hash: string): Promise<boolean> {
  await api.json(agentPath(id, '/allow'), accepted, { method: 'POST', body: { hash } });
  return true;
}
