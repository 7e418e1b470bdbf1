/** Newline-separated JSON as the engine streams it: events and build output. Lines that do not parse are skipped. */
import { DEEPEST_CARRIED, parseJson } from '../domain/text/json-text.ts';

/** A line longer than this is no message of the engine. */
const MAX_LINE = 1024 * 1024;

export async function* jsonLines(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) rest = '';
    for (const line of lines) yield* parsed(line);
  }
  yield* parsed(rest);
}

function* parsed(line: string): Generator<unknown> {
  if (line.trim() === '') return;
  try {
    yield parseJson(line, DEEPEST_CARRIED);
  } catch {
    // Half a line at a cut, or a proxy's page.
  }
}
