/** `hairem version`. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { parseJson } from '../domain/json-text.ts';
import { type Command, EXIT } from './command.ts';

const manifest = z.object({ version: z.string() });

export const version: Command = async ({ json, terminal }) => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version: own } = manifest.parse(parseJson(text));
  terminal.out(json ? JSON.stringify({ version: own, node: process.version }) : `hairem ${own}`);
  return EXIT.ok;
};
