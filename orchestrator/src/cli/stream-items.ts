/** Pieces of text as items: lines, and server-sent events. */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncIterable<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

export interface ServerSentEvent {
  id: string | null;
  event: string;
  data: string;
}

/** As our API writes them: `\n` line ends, one `data` line. */
export async function* serverSentEvents(pieces: AsyncIterable<string>): AsyncIterable<ServerSentEvent> {
  let fields: Record<string, string> = {};
  for await (const line of linesOf(pieces)) {
    const [, name, value = ''] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields[name] = value;
    if (line !== '') continue;
    if (fields.data !== undefined) yield { id: fields.id ?? null, event: fields.event ?? 'message', data: fields.data };
    fields = {};
  }
}
