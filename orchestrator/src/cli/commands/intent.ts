/** `hairem start|stop|restart|reload|rollback`: records what is wanted; the loop does it. */
import * as z from 'zod';
import type { Intent } from '../../domain/ports/agents-control.ts';
import { agentPath, agentsOf } from '../agents/records.ts';
import { connectApi } from '../api-client.ts';
import { type Command, EXIT } from '../command.ts';

const accepted = z.object({ id: z.string(), accepted: z.string() });

export function intend(intent: Intent): Command {
  return async ({ words, json, config, terminal }) => {
    const api = await connectApi(config);
    for (const id of await agentsOf(words, api)) {
      const answer = await api.json(agentPath(id, `/${intent}`), accepted, { method: 'POST' });
      terminal.out(
        json ? JSON.stringify(answer) : `${answer.id}: ${intent} is accepted; \`hairem events\` shows it happen`,
      );
    }
    return EXIT.ok;
  };
}
