/**
 * Every way in which a secret may be written that is still the secret: as it is, in JSON, in a URL, in hex and in
 * base64. The orchestrator and the Python SDK know the same ones (contract/redaction.json).
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
  const lines = secret.split(/\r?\n/);
  const own = lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE);
  const all = [secret, ...own, ...inJson(secret), ...inUrl(secret, hex), hex, hex.toUpperCase(), ...inBase64(bytes)];
  return [...new Set(all)].filter((text) => text.length >= SHORTEST_SECRET);
}

/** Once and twice encoded (JSON in a log line of JSON), with and without what some encoders escape besides. */
function inJson(secret: string): string[] {
  const once = [escaped(secret), asciiOnly(escaped(secret))];
  return [...once, ...once.map(escaped), ...once.map((text) => text.replaceAll('/', '\\/'))];
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

const asciiOnly = (text: string) =>
  text.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function inUrl(secret: string, hex: string): string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const strict = component.replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const some = [component, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+'), form];
  const every = hex.toUpperCase().replaceAll(/../g, '%$&');
  const lower = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [...some, encodeURI(secret.toWellFormed()), every].flatMap((text) => [text, lower(text)]);
}

/** The digits that the secret alone decides, for each of the three places that its first byte may have among three. */
function inBase64(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const own = digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
