/** Why a provider of language models cannot be reached, in one sentence that says what to write. Pure. */
import { codesIn } from '../../../domain/errors/error-codes.ts';
import { asError, isError } from '../../../domain/errors/error-text.ts';
import type { ModelSettings } from '../../../domain/llm/language-model.ts';
import { plainLine } from './foreign-text.ts';

export interface Lack {
  reason: string;
  /** It has certainly not heard the question, so nothing is paid when it is asked again. */
  isCertain: boolean;
}

const NOT_HEARD: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: is it running, and on an address that containers reach?',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  EHOSTDOWN: 'that host is down',
  ETIMEDOUT: 'that host does not answer',
};

const BROKEN_OFF: Readonly<Record<string, string>> = {
  ECONNRESET: 'it ended the connection',
  EPIPE: 'it ended the connection',
  ERR_STREAM_PREMATURE_CLOSE: 'it ended the connection',
};

const UNKNOWN_ISSUER =
  'its certificate is not from an authority that is known here: write the file with the certificate of that authority into HAIREM_CA_FILE in .env';
const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_ISSUER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  CERT_UNTRUSTED: UNKNOWN_ISSUER,
  CERT_HAS_EXPIRED: 'its certificate has expired: renew it there, or set the clock of this host right',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: set the clock of this host right',
  CERT_REVOKED: 'its certificate was revoked: it needs a new one there',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name: write base_url with a name that the certificate has',
  ERR_INVALID_CHAR: 'the key has a sign in it that no key has, such as a line break',
};

const HTTP_THERE = /wrong version number|packet length too long|http request|unknown protocol|unexpected message/i;

/** @param isAnswered it had begun to answer */
export function lackOfReach(thrown: unknown, { baseUrl, apiKey }: ModelSettings, isAnswered: boolean): Lack {
  const url = new URL(baseUrl);
  const codes = codesIn(thrown);
  const deep = deepest(thrown);
  const known = (words: Readonly<Record<string, string>>) => codes.find((code) => Object.hasOwn(words, code));
  const certain = known(NOT_HEARD);
  if (certain) return { reason: `${NOT_HEARD[certain]} (${certain})${ownHostAdvice(url)}`, isCertain: true };
  const refused = known(CERTIFICATE);
  if (refused) return { reason: `${CERTIFICATE[refused]} (${refused})`, isCertain: false };
  if (url.protocol === 'https:' && HTTP_THERE.test(deep.message)) {
    return { reason: `it speaks http on that port: write ${otherScheme(url)} as base_url`, isCertain: false };
  }
  if (url.protocol === 'http:' && isTls(deep)) {
    return { reason: `it speaks https on that port: write ${otherScheme(url)} as base_url`, isCertain: false };
  }
  const broken = known(BROKEN_OFF);
  if (broken) {
    const advice = isAnswered ? '' : schemeAdvice(url);
    return { reason: `${BROKEN_OFF[broken]} (${broken})${advice}`, isCertain: wasKept(thrown) };
  }
  const isSsl = codes.some((code) => /^(EPROTO|ERR_SSL|ERR_TLS)/.test(code));
  const what = isSsl ? 'no safe connection comes about with it' : plainLine(deep.message, apiKey);
  return { reason: codes[0] ? `${what} (${codes[0]})` : what, isCertain: false };
}

/** The same address, spoken to in the other way. */
export function otherScheme({ protocol, host, pathname }: URL): string {
  return `${protocol === 'https:' ? 'http' : 'https'}://${host}${pathname.replace(/\/+$/, '')}`;
}

/** A server of TLS hangs up on what it cannot read, without a word. */
function schemeAdvice(url: URL): string {
  return url.protocol === 'http:' ? `: if it speaks https on that port, write ${otherScheme(url)} as base_url` : '';
}

/** In the container of the services `localhost` is that container. */
function ownHostAdvice({ hostname, port, pathname }: URL): string {
  if (!/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return '';
  return `; ${hostname} is the container of hAIrem itself: for this computer write http://host.docker.internal${port && `:${port}`}${pathname}`;
}

/** An alert of TLS where HTTP was expected. */
function isTls(error: Error): boolean {
  const packet = 'rawPacket' in error ? error.rawPacket : null;
  return packet instanceof Uint8Array && packet[0] === 0x15;
}

const wasKept = (thrown: unknown) => isError(thrown) && 'wasKept' in thrown && thrown.wasKept === true;

function deepest(error: unknown): Error {
  const own = asError(error);
  return isError(own.cause) ? deepest(own.cause) : own;
}
