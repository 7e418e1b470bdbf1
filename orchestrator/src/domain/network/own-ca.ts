/**
 * Certificates of one's own works (`HAIREM_CA_FILE`): a model, an index or a home server behind one of them is trusted
 * beside what everybody trusts. Where they lie in agents' images, and what makes programs read them. Pure.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { readText } from '../text/read-text.ts';

export interface OwnCa {
  /** The certificates alone, as PEM. */
  pem: string;
  /** Another one, another image. */
  hash: string;
  /** What its owner should know. */
  warnings: readonly string[];
}

export type OwnCaReading = { ca: OwnCa | null } | { problem: string };

const MOST_CA_BYTES = 256 * 1024;

const CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;

/** @param bytes of the file; an empty one is none @param now milliseconds, by which certificates have ended */
export function readOwnCa(bytes: Uint8Array, now: number): OwnCaReading {
  if (bytes.length > MOST_CA_BYTES) return { problem: `is larger than ${MOST_CA_BYTES / 1024} KB` };
  const reading = readText(bytes);
  // A certificate as it is, DER, begins so; it may as well be no text at all.
  if (bytes[0] === 0x30 && bytes[1] === 0x82)
    return { problem: 'is a certificate in DER: `openssl x509 -inform der -in FILE -out ca.pem` makes it PEM' };
  if ('problem' in reading) return { problem: reading.problem };
  const text = reading.text.trim();
  if (text === '') return { ca: null };
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return { problem: 'holds a private key, which agents would get: give the certificate alone' };
  const blocks = text.match(CERTIFICATE);
  if (blocks === null) return { problem: 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)' };
  return parsed(blocks, now);
}

function parsed(blocks: readonly string[], now: number): OwnCaReading {
  const warnings: string[] = [];
  const kept: string[] = [];
  for (const [index, block] of blocks.entries()) {
    const certificate = certificateIn(block);
    if (certificate === null) return { problem: `holds as number ${index + 1} what is no certificate` };
    const name = certificate.subject.replaceAll('\n', ', ').slice(0, 200);
    if (Date.parse(certificate.validTo) < now) warnings.push(`the certificate of ${name} ended ${certificate.validTo}`);
    kept.push(certificate.toString().trim());
  }
  const pem = `${[...new Set(kept)].join('\n')}\n`;
  return { ca: { pem, hash: createHash('sha256').update(pem).digest('hex').slice(0, 16), warnings } };
}

function certificateIn(block: string): X509Certificate | null {
  try {
    return new X509Certificate(block);
  } catch {
    return null;
  }
}

/** In an image, below the folder that its bundle is in. */
const FOLDER = '.hairem';
const OWN = `${FOLDER}/own-ca.pem`;
const ALL = `${FOLDER}/all-ca.pem`;
const BUNDLE = '/app/bundle';

/** @param known what everybody trusts, as PEM: Python and others take one file or the other */
export const caFiles = ({ pem }: Pick<OwnCa, 'pem'>, known: readonly string[]) => [
  { name: OWN, text: pem },
  { name: ALL, text: `${known.join('\n')}\n${pem}` },
];

/** Node adds its file to what it knows, all others read theirs instead. */
export const CA_VARIABLES: Readonly<Record<string, string>> = {
  NODE_EXTRA_CA_CERTS: `${BUNDLE}/${OWN}`,
  SSL_CERT_FILE: `${BUNDLE}/${ALL}`,
  REQUESTS_CA_BUNDLE: `${BUNDLE}/${ALL}`,
  CURL_CA_BUNDLE: `${BUNDLE}/${ALL}`,
  GIT_SSL_CAINFO: `${BUNDLE}/${ALL}`,
};
