/**
 * Python's logical lines, as its tokenizer makes them: what brackets, strings and backslashes hold together is one, strings
 * and comments are taken out. It reads a text once, from the beginning to the end. Pure.
 */

/** Both count from 1. */
interface Place {
  line: number;
  column: number;
}

export interface PythonLine extends Place {
  /** The white space before it. */
  indent: string;
  /** Without comments; each string is `""`. */
  code: string;
}

export interface PythonFault extends Place {
  message: string;
}

export interface PythonText {
  lines: PythonLine[];
  /** Where no Python could go on reading. */
  fault: PythonFault | null;
}

interface Reader {
  text: string;
  at: number;
  line: number;
  /** Where this physical line begins. */
  start: number;
  open: (Place & { sign: string })[];
}

const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

export function readPython(source: string): PythonText {
  const text = source.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  const reader: Reader = { text, at: 0, line: 1, start: 0, open: [] };
  const lines: PythonLine[] = [];
  while (reader.at < text.length) {
    const read = readLine(reader);
    if ('message' in read) return { lines, fault: read };
    if (read.code.trim() !== '') lines.push(read);
  }
  const never = reader.open.at(-1);
  return { lines, fault: never ? { ...placed(never), message: `'${never.sign}' was never closed` } : null };
}

const placed = ({ line, column }: Place): Place => ({ line, column });
const here = ({ line, at, start }: Reader): Place => ({ line, column: at - start + 1 });

function readLine(reader: Reader): PythonLine | PythonFault {
  const { text } = reader;
  const from = reader.at;
  while (/[ \t\f]/.test(text[reader.at] ?? '')) reader.at += 1;
  const first: PythonLine = { ...here(reader), indent: text.slice(from, reader.at), code: '' };
  const code: string[] = [];
  while (reader.at < text.length) {
    const sign = text[reader.at] ?? '';
    if (sign === '\n') {
      newLine(reader);
      if (reader.open.length === 0) break;
      code.push(' ');
    } else if (sign === '#') skipComment(reader);
    else if (sign === '"' || sign === "'") {
      const fault = skipString(reader, sign);
      if (fault) return fault;
      code.push('""');
    } else if (sign === '\\' && text[reader.at + 1] === '\n') {
      reader.at += 1;
      newLine(reader);
      code.push(' ');
    } else {
      const fault = bracketFault(reader, sign);
      if (fault) return fault;
      code.push(sign);
      reader.at += 1;
    }
  }
  return { ...first, code: code.join('').trimEnd() };
}

function newLine(reader: Reader): void {
  reader.at += 1;
  reader.line += 1;
  reader.start = reader.at;
}

function skipComment(reader: Reader): void {
  const end = reader.text.indexOf('\n', reader.at);
  reader.at = end === -1 ? reader.text.length : end;
}

function skipString(reader: Reader, quote: string): PythonFault | null {
  const { text } = reader;
  const opened = here(reader);
  const isLong = text.startsWith(quote.repeat(3), reader.at);
  const end = isLong ? quote.repeat(3) : quote;
  reader.at += end.length;
  while (reader.at < text.length) {
    if (text.startsWith(end, reader.at)) {
      reader.at += end.length;
      return null;
    }
    if (text[reader.at] === '\n' && !isLong) break;
    if (text[reader.at] === '\\') reader.at += 1;
    if (text[reader.at] === '\n') newLine(reader);
    else reader.at += 1;
  }
  return { ...opened, message: isLong ? 'a string of three quotes has no end' : 'a string has no end' };
}

function bracketFault(reader: Reader, sign: string): PythonFault | null {
  if ('([{'.includes(sign)) reader.open.push({ sign, ...here(reader) });
  const opening = CLOSES[sign];
  if (opening === undefined) return null;
  const last = reader.open.pop();
  if (last?.sign === opening) return null;
  const why = last ? `does not match '${last.sign}' of line ${last.line}` : 'closes nothing';
  return { ...here(reader), message: `'${sign}' ${why}` };
}
