/** `hairem token`: the API's token, for programs that call it. */
import { type Command, EXIT } from '../command.ts';
import { readToken } from '../read-token.ts';

export const token: Command = async ({ json, config, terminal }) => {
  const found = await readToken(config);
  terminal.out(json ? JSON.stringify({ token: found.token }) : found.token);
  return EXIT.ok;
};
