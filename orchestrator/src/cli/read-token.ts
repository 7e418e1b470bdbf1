/** Where the CLI's token comes from: the environment, else the file that `init` made. */
import { readFile } from 'node:fs/promises';
import { HairemError } from '../domain/errors/errors.ts';
import type { Config } from '../process/config.ts';

export interface FoundToken {
  token: string;
  /** For messages: where it was found. */
  from: string;
}

/** @throws HairemError unauthorized where there is none to be had */
export async function readToken({ api: { token, tokenFile } }: Config): Promise<FoundToken> {
  if (token !== null) return { token, from: 'HAIREM_TOKEN' };
  try {
    return { token: (await readFile(tokenFile, 'utf8')).trim(), from: tokenFile };
  } catch (cause) {
    const hint = 'set HAIREM_TOKEN; `./hairem token` prints it on the host where hAIrem runs';
    throw new HairemError('unauthorized', `no token: ${tokenFile} cannot be read; ${hint}`, { cause });
  }
}
