/** A container's log as the engine multiplexes it, into lines that are safe to store and to show. Pure but for reading. */
import type { LogLine } from '../domain/ports/ports.ts';

const HEADER_BYTES = 8;
/** The rest of a longer line is dropped. */
export const MAX_LINE_BYTES = 8 * 1024;
const NEWLINE = 0x0a;

type Channel = 'stdout' | 'stderr';

/**
 * Frames are `[channel, 0, 0, 0, length as 4 bytes, big endian]` and that many bytes; a line may span frames and a
 * frame many lines. Each line starts with its timestamp (`timestamps=1`).
 */
export async function* logLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<LogLine> {
  const open: Record<Channel, PartialLine> = { stdout: newLine(), stderr: newLine() };
  for await (const { channel, bytes } of frames(chunks)) {
    for (const line of append(open[channel], bytes)) yield { ...line, stream: channel };
  }
  for (const channel of ['stdout', 'stderr'] as const) {
    if (open[channel].bytes.length > 0) yield { ...toLine(open[channel]), stream: channel };
  }
}

interface PartialLine {
  bytes: Buffer[];
  size: number;
}

const newLine = (): PartialLine => ({ bytes: [], size: 0 });

/** Parts of frames as they arrive; a frame of any size costs no memory. */
async function* frames(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ channel: Channel; bytes: Buffer }> {
  let header = Buffer.alloc(0);
  let channel: Channel = 'stdout';
  let left = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === 0) {
        const wanted = HEADER_BYTES - header.length;
        header = Buffer.concat([header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (header.length < HEADER_BYTES) continue;
        channel = header[0] === 2 ? 'stderr' : 'stdout';
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      } else {
        const bytes = rest.subarray(0, left);
        left -= bytes.length;
        rest = rest.subarray(bytes.length);
        yield { channel, bytes };
      }
    }
  }
}

function* append(line: PartialLine, bytes: Buffer): Generator<Omit<LogLine, 'stream'>> {
  let from = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
    keep(line, bytes.subarray(from, at));
    yield toLine(line);
    line.bytes = [];
    line.size = 0;
    from = at + 1;
  }
  keep(line, bytes.subarray(from));
}

function keep(line: PartialLine, bytes: Buffer): void {
  const kept = bytes.subarray(0, Math.max(0, MAX_LINE_BYTES - line.size));
  if (kept.length === 0) return;
  line.bytes.push(kept);
  line.size += kept.length;
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?/;

function toLine(line: PartialLine): Omit<LogLine, 'stream'> {
  const whole = Buffer.concat(line.bytes).toString('utf8');
  const at = TIMESTAMP.exec(whole);
  return { at: at?.[1] ?? null, text: plainText(at ? whole.slice(at[0].length) : whole) };
}

const ESCAPE = String.fromCharCode(0x1b);
const TERMINAL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]`, 'g');
/** Control characters but tab, and those that turn the direction of text. */
const UNSAFE = /(?!\t)[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** A line without terminal sequences and control characters: log text comes from agents and is untrusted. */
export function plainText(line: string): string {
  return line.replace(TERMINAL_SEQUENCE, '').replace(UNSAFE, '');
}
