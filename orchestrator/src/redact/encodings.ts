/**
 * Every way in which a secret may be written that is still the secret: as it is, in JSON, in a URL, in hex, and in
 * base64 wherever in the encoded text it stands. The SDKs blank out the same; `contract/redaction.json` holds all three
 * to each other. Pure.
 */

/** In UTF-16 units. Shorter values would blank out ordinary words. */
const SHORTEST_SECRET = 6;
/** A line of a longer secret, such as a key file, is worth hiding by itself. */
const SHORTEST_LINE = 8;

/** @returns each spelling once; none for a secret that is too short to be hidden */
export function spellingsOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const all = [...inJson(secret), ...inUrl(secret, hex), hex, hex.toUpperCase(), ...inBase64(bytes)];
  return [...new Set([secret, ...linesOf(secret), ...all])].filter((text) => text.length >= SHORTEST_SECRET);
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE);
}

/** Once and twice encoded (JSON in a log line of JSON), with and without what some encoders escape besides. */
function inJson(secret: string): string[] {
  const once = [escaped(secret), asciiOnly(escaped(secret))];
  const both = [...once, ...once.map(escaped)];
  return [...both, ...once.map((text) => text.replaceAll('/', '\\/'))];
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

const asciiOnly = (text: string) =>
  text.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function inUrl(secret: string, hex: string): string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const strict = component.replaceAll(/[!'()*]/g, (mark) => percent(mark.charCodeAt(0)));
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const some = [component, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+'), form];
  const every = hex.toUpperCase().replaceAll(/../g, '%$&');
  return [...some, encodeURI(secret.toWellFormed()), every].flatMap((text) => [text, lowerHex(text)]);
}

const percent = (code: number) => `%${code.toString(16).toUpperCase()}`;
const lowerHex = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

/** The digits that the secret alone decides, for each of the three places that its first byte may have among three. */
function inBase64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const first = Math.ceil((before * 8) / 6);
    const own = digits.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
