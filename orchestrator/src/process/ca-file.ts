/** Reads `HAIREM_CA_FILE`, and makes this process trust what is in it beside what everybody trusts. */
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type OwnCaReading, readOwnCa } from '../domain/network/own-ca.ts';

/** Never throws: without it everything else works. */
export async function readCaFile(path: string | null): Promise<OwnCaReading> {
  if (path === null) return { ca: null };
  try {
    return readOwnCa(await readFile(path), Date.now());
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return { problem: `cannot be read (${code}): hAIrem runs as uid ${process.getuid?.()}, chmod o+r it` };
  }
}

/** What this process trusts, as PEM: what everybody does, and what a base image has from the host that it was made on. */
export const knownCas = (): readonly string[] => getCACertificates('default');

/** From now on, for connections that name no certificates of their own. */
export function trustToo(pem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), pem]);
}
