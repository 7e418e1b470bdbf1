/** Text from agents, logs and requests is untrusted: what reaches a client or a terminal has no control characters. */

/** Lines longer than this are cut; in UTF-16 units. */
const LONGEST_LINE = 8192;

const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);

// Whole sequences (CSI, OSC, two-character ones), so that no half of a colour code stays behind as text.
const ESCAPES = new RegExp(`${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|[ -~])`, 'g');

// Controls, line separators, and what turns the direction of the text round.
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Plain text; tabs and line feeds stay. */
export function printable(text: string): string {
  const cut = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
  return cut.replaceAll(ESCAPES, '').replaceAll(CONTROLS, (control) => ('\t\n'.includes(control) ? control : ''));
}
