/** What is wrong with a YAML text, in words that say what to write instead of what a parser found. Pure. */

/** A mistake as the parser reports it. */
export interface ParserWords {
  code: string;
  message: string;
}

/** @param at offset of the mistake in `text` */
export function yamlWords({ code, message }: ParserWords, text: string, at: number): string {
  if (code === 'TAG_RESOLVE_FAILED') return tagWords(text.slice(at, at + LOOKED_AT));
  const first = message.split('\n', 1)[0] ?? message;
  if (hasLoneReturns(text)) return 'the lines end with CR alone, as on an old Mac; save the file with LF';
  if (code === 'BAD_SCALAR_START' && text.startsWith('{%', at - 1)) return TEMPLATE;
  const advice = ADVICE[code];
  return advice === undefined ? first : advice === '' ? first : advice;
}

const LOOKED_AT = 200;

export const TEMPLATE = 'templates are not filled in here ({{ … }}, {% … %}); put it in quotes where it is a text';

const ADVICE: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used to indent; YAML takes spaces alone',
  MULTIPLE_DOCS: 'a second document begins here (---); a file holds one: remove the line, or what is behind it',
  BAD_SCALAR_START: 'a value cannot begin with this sign; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " stands in this line; put the text in quotes, or begin a new line',
  BAD_DQ_ESCAPE: String.raw`in "…" a backslash begins an escape; write \\, or use '…'`,
  MULTILINE_IMPLICIT_KEY: 'a key is missing its colon with a space behind it (key: value), or is not on one line',
};

const hasLoneReturns = (text: string) => /\r(?!\n)/.test(text) && !text.includes('\n');

/** Of other software for the home, and the tags of YAML itself. */
function tagWords(text: string): string {
  const [, tag = '', value = ''] = /^(!\S*)[ \t]*([^\s#,}\]]*)/.exec(text) ?? [];
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) ? value : 'NAME';
  if (tag === '!secret')
    return `"!secret" is not read here: write "\${${name}}", list ${name} under "secrets:", and put its value into the file secrets/<agent>/${name}`;
  if (tag === '!env_var') return `"!env_var" is not read here: write "\${${name}}", and list ${name} under "secrets:"`;
  if (/^!include/.test(tag)) return `"${tag}" is not read here, as no other file is: write here what it holds`;
  if (tag === '!lambda') return '"!lambda" is not read here: code belongs into logic.py or logic.ts';
  if (tag === '!input') return '"!input" is not read here, as this is no blueprint: write the value';
  return `tags like "${tag.slice(0, 40)}" are not read here: write the value without it, in quotes where it is a text`;
}

/** Why a text as a whole is no mapping; null where nothing about it tells. */
export function whyNoMapping(text: string): string | null {
  if (/:\u00a0/.test(text)) return 'a no-break space stands behind a colon; write an ordinary one';
  if (/^[\w-]+:\S/m.test(text)) return 'a space is missing behind a colon; write "key: value"';
  return null;
}
