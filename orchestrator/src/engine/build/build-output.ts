/** Reads what a classic build says while it runs. HTTP answers 200 even when the build fails: only `error` tells. */
import * as z from 'zod';
import { HairemError } from '../../domain/errors/errors.ts';
import { plainText } from '../logs.ts';
import { isOfCommand, whyBuildFailed } from './build-error.ts';

const LOG_LINES = 30;
const MAX_LINE = 2000;

const buildMessage = z.union([
  z.object({ error: z.string(), errorDetail: z.object({ code: z.int().nullish() }).nullish() }),
  z.object({ aux: z.object({ ID: z.string() }) }),
  z.object({ stream: z.string() }),
  z.object({ status: z.string(), id: z.string().nullish() }),
]);

/** @returns the image id. @throws build_failed, with the last lines, also when the output just ends */
export async function readBuildOutput(
  messages: AsyncIterable<unknown>,
  { tag, onLine = () => {} }: { tag: string; onLine?: ((line: string) => void) | undefined },
): Promise<string> {
  const log: string[] = [];
  let imageId: string | null = null;
  const say = (text: string) => {
    for (const line of cleanLines(text)) {
      log.push(line);
      if (log.length > LOG_LINES) log.shift();
      onLine(line);
    }
  };
  for await (const message of messages) {
    const parsed = buildMessage.safeParse(message);
    if (!parsed.success) continue;
    const { data } = parsed;
    if ('error' in data) {
      if (!isOfCommand(plainText(data.error))) say(data.error);
      throw new HairemError('build_failed', explain(tag, data.error, log), { log });
    }
    if ('aux' in data) imageId = data.aux.ID;
    else if ('stream' in data) say(data.stream);
    // A pull's progress bars are no log.
    else if (!data.id) say(data.status);
  }
  if (imageId === null) throw new HairemError('build_failed', `the engine broke off the build of ${tag}`, { log });
  return imageId;
}

function cleanLines(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => plainText(line).trimEnd().slice(0, MAX_LINE))
    .filter((line) => line !== '');
}

/** The engine's ways of saying that a FROM is neither here nor to be had. */
const NOT_PULLED =
  /pull access denied|manifest for \S+ not found|\/v2\/|no such host|connection refused|i\/o timeout|request canceled|No such image/i;

function explain(tag: string, error: string, log: readonly string[]): string {
  const said = whyBuildFailed(plainText(error), log);
  const step = log.findLast((line) => line.startsWith('Step ')) ?? '';
  const base = /^Step \d+\/\d+ : FROM (\S+)/i.exec(step)?.[1];
  if (!base || !NOT_PULLED.test(error)) return `the build of ${tag} failed: ${said}`;
  return `base image ${base} is missing and no registry answered: run ./hairem up (${said})`;
}
