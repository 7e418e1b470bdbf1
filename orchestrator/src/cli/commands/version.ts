/** `hairem version`. */
import hairem from '../../../../package.json' with { type: 'json' };
import { type Command, EXIT } from '../command.ts';

export const version: Command = async ({ json, terminal }) => {
  const { version: own } = hairem;
  terminal.out(json ? JSON.stringify({ version: own, node: process.version }) : `hairem ${own}`);
  return EXIT.ok;
};
