/** Wires the certificates of one's own works: into this process, into agents' images and environment, into builds. */

import { CA_VARIABLES, caFiles } from '../domain/network/own-ca.ts';
import type { Log } from '../domain/ports/log.ts';
import { knownCas, readCaFile, trustToo } from './ca-file.ts';

export interface TrustedCa {
  /** Of images and builds; none without a file. */
  files: readonly { name: string; text: string }[];
  hash: string | null;
  /** Of agents that reach the network. */
  variables: Readonly<Record<string, string>>;
  /** Why the file is not used; null where there is none, or nothing wrong. */
  problem: string | null;
}

const NOTHING: TrustedCa = { files: [], hash: null, variables: {}, problem: null };

/** Never throws: without it everything else works. */
export async function trustCa(path: string | null, log: Pick<Log, 'info' | 'warn'>): Promise<TrustedCa> {
  const reading = await readCaFile(path);
  if ('problem' in reading) {
    const problem = `the file that HAIREM_CA_FILE names is not used: it ${reading.problem}`;
    log.warn(problem);
    return { ...NOTHING, problem };
  }
  const { ca } = reading;
  if (ca === null) return NOTHING;
  for (const warning of ca.warnings) log.warn(`HAIREM_CA_FILE: ${warning}`);
  const known = knownCas();
  trustToo(ca.pem);
  log.info('certificates of our own are trusted', { hash: ca.hash });
  return { files: caFiles(ca, known), hash: ca.hash, variables: CA_VARIABLES, problem: null };
}
