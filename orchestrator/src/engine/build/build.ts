/** One build on the classic builder, which is in every engine and never asks a registry for what is here. */
import * as z from 'zod';
import { HairemError } from '../../domain/errors/errors.ts';
import { LABEL } from '../../domain/labels.ts';
import type { BuildLimits, Clock, ImageBuild } from '../../domain/ports/ports.ts';
import type { Engine } from '../client.ts';
import { jsonLines } from '../json-lines.ts';
import { imageSummary } from '../labels.ts';
import { readBuildOutput } from './build-output.ts';
import { untilTooMuchWritten } from './build-size.ts';

/** A build that takes longer hangs. */
const BUILD_SECONDS = 20 * 60;

/** @returns the image id. Errors: build_failed, engine_unavailable, and the signal's reason */
export async function buildImage(engine: Engine, build: ImageBuild, clock: Clock): Promise<string> {
  const { tag, context, onLine, seconds = BUILD_SECONDS } = build;
  const tooLong = AbortSignal.timeout(seconds * 1000);
  const size = watchSize(engine, build, clock);
  const signal = AbortSignal.any([tooLong, size.tooMuch, ...(build.signal ? [build.signal] : [])]);
  let unreadable: unknown = null;
  context.once('error', (error) => {
    unreadable = error;
  });
  try {
    // The engine's first word comes with its first step; once it speaks, the signal alone ends it.
    const call = { path: '/build', query: buildQuery(build), file: context, seconds: 300, signal };
    return await readBuildOutput(jsonLines(await engine.open({ method: 'POST', ...call })), { tag, onLine });
  } catch (error) {
    if (build.signal?.aborted) throw build.signal.reason;
    if (size.tooMuch.aborted) throw size.tooMuch.reason;
    if (tooLong.aborted) throw tookTooLong(tag, seconds);
    if (unreadable) throw new HairemError('build_failed', `the files of ${tag} cannot be read`, { cause: unreadable });
    if (error instanceof HairemError) throw error.code === 'engine_refused' ? refusedBuild(tag, error) : error;
    throw new HairemError('engine_unavailable', `the engine went away during the build of ${tag}`, { cause: error });
  } finally {
    size.end();
    context.destroy();
  }
}

function watchSize(engine: Engine, { run, tag, limits }: ImageBuild, clock: Clock) {
  const [over, tooMuch] = [new AbortController(), new AbortController()];
  if (run !== undefined && limits !== undefined)
    untilTooMuchWritten({ engine, clock, run, tag, writtenBytes: limits.writtenBytes, signal: over.signal }).then(
      (why) => why && tooMuch.abort(why),
    );
  return { tooMuch: tooMuch.signal, end: () => over.abort() };
}

const tookTooLong = (tag: string, seconds: number) =>
  new HairemError('build_failed', `the build of ${tag} was ended: it took over ${Math.round(seconds / 60)} minutes`);

/** A Dockerfile that does not parse is refused before there is any output. */
function refusedBuild(tag: string, cause: HairemError): HairemError {
  return new HairemError('build_failed', `the build of ${tag} failed: ${cause.message}`, { cause });
}

/** What the gate lets through (gate/routes.ts). */
function buildQuery({ tag, labels, labelsIn, target, args, limits, network = 'default' }: ImageBuild) {
  const common = { version: '1', t: tag, rm: true, forcerm: true, pull: false, networkmode: network };
  return {
    ...common,
    ...(labelsIn === 'context' ? {} : { labels }),
    ...(target ? { target } : {}),
    ...(args ? { buildargs: args } : {}),
    ...(limits ? limitsQuery(limits) : {}),
  };
}

/** The builder knows no limit of processes but the user's own (INSTALLER in images/dockerfile.ts). */
function limitsQuery({ memory, cpus, processes, openFiles, fileBytes }: BuildLimits) {
  const ulimit = (Name: string, limit: number) => ({ Name, Soft: limit, Hard: limit });
  const ulimits = [
    ulimit('nproc', processes),
    ulimit('nofile', openFiles),
    ulimit('fsize', fileBytes),
    ulimit('core', 0),
  ];
  return {
    memory,
    // Equal to memory: no swap.
    memswap: memory,
    cpuperiod: 100_000,
    cpuquota: Math.round(cpus * 100_000),
    ulimits: JSON.stringify(ulimits),
  };
}

/** Untagged images with this label. One that cannot be removed now is no error. */
export async function removeStages(engine: Engine, build: string): Promise<void> {
  const filters = { label: [`${LABEL.build}=${build}`], dangling: ['true'] };
  const { body } = await engine.call({ method: 'GET', path: '/images/json', query: { filters } });
  for (const { Id } of z.array(imageSummary).parse(body))
    await engine.call({ method: 'DELETE', path: `/images/${Id}`, accept: [404, 409], seconds: 60 });
}
