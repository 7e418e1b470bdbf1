/** `hairem doctor`: looks at everything that can be wrong from here, and says what to do about it. */
import type * as z from 'zod';
import { rotationSchema } from '../../api/routes/rotation-routes.ts';
import type { BehindKind } from '../../domain/behind.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { Config } from '../../process/config.ts';
import { isBelowFloor, NODE_FLOOR } from '../../process/node-version.ts';
import { behindOf, healthOf, reasonOf } from '../agents/health.ts';
import { readCrew, readSystem, type WireRecord } from '../agents/records.ts';
import { type ApiClient, connectApi } from '../api-client.ts';
import { folderNotes } from '../bundles/folder-findings.ts';
import { type Command, EXIT } from '../command.ts';
import { localTime } from '../format.ts';
import { apiAddress, asHere } from '../local-names.ts';

export interface Finding {
  ok: boolean;
  what: string;
  /** What to do about it. */
  advice: string | null;
}

const ADVICE: Readonly<Record<string, string>> = {
  bus: 'look at `docker compose ps redis` and `docker compose logs redis`; it is tried again all the time',
  engine: 'look at `docker compose logs gate` and whether the engine runs: `docker info`',
  folder:
    'look at the agents folder; agents go on running meanwhile; after a new mount: `docker compose restart orchestrator`',
  disk: 'make room on the disk of the volume `data` (`docker system df` says what images and logs take of it)',
  ca: 'correct the file that HAIREM_CA_FILE in .env names, then `./hairem up`; it is not trusted meanwhile',
  services: '`docker compose up -d services`, then `docker compose logs services`; agents go on running meanwhile',
  grants: 'correct deploy/grants.yaml (deploy/grants.example.yaml shows all of it); it is read again by itself',
  loop: 'look at `docker compose logs orchestrator`',
};

export const doctor: Command = async ({ json, config, terminal, nodeVersion }) => {
  const folder = (await folderNotes(config.agentsDir)).map(note);
  const ours = [...nodeFindings(nodeVersion), zoneFinding(config.timezone)];
  const findings = [...(await examine(config)), ...folder, ...ours];
  if (json) terminal.out(JSON.stringify(findings, null, 2));
  else for (const finding of findings) terminal.out(asHere(lineOf(finding), config));
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
};

async function examine(config: Config): Promise<readonly Finding[]> {
  try {
    const api = await connectApi(config);
    const system = await systemFindings(api);
    const crew = await readCrew(api);
    return [
      good(`the API at ${apiAddress(config)} answers and takes the token`),
      ...system,
      ...rotationFindings(await api.json('/api/rotation', rotationSchema)),
      ...crewFindings(crew),
    ];
  } catch (error) {
    if (error instanceof HairemError) return [{ ok: false, what: error.message, advice: null }];
    throw error;
  }
}

/** The image of this process and the agents' stand on the same one. */
function nodeFindings(version: string): Finding[] {
  if (!isBelowFloor(version)) return [];
  const what = `Node ${version} runs hAIrem and its agents; versions below ${NODE_FLOOR} have known holes (CVE-2026-111497)`;
  return [bad(what, '`deploy/base-images.sh --refresh && ./hairem up`: gets the newest Node 24 and builds again')];
}

/** Nobody notices that it was never set but by timers that come at odd hours. */
function zoneFinding(timezone: string): Finding {
  const isUnset = timezone === 'UTC' ? '; `TZ=Europe/Paris` in .env, then `./hairem up`, makes it another' : '';
  return note(`timers, agents and logs go by the time zone ${timezone}${isUnset}`);
}

async function systemFindings(api: ApiClient): Promise<Finding[]> {
  const { status, reasons, version } = await readSystem(api);
  if (status === 'ok') return [good(`hAIrem ${version} is well`)];
  return reasons.map((reason) => bad(reason, ADVICE[reason.split(':', 1)[0] ?? ''] ?? null));
}

/** One that nobody waits for any more: what was before may still count. */
function rotationFindings({ state, waits_for, problem }: z.output<typeof rotationSchema>): Finding[] {
  if (state === 'none') return [];
  const why = problem ?? waits_for.map(({ id, because }) => `${id}: ${because}`).join('; ');
  const what = `a change of all credentials has begun and has not ended${why === '' ? '' : ` (${why})`}`;
  return [bad(what, 'run `./hairem rotate` again: it goes on')];
}

function crewFindings(records: readonly WireRecord[]): Finding[] {
  if (records.length === 0) return [bad('there are no agents', 'put a folder into the agents folder')];
  const well = records.filter((record) => healthOf(record) === 'well').length;
  const summary = good(`${well} of ${records.length} agents active`);
  return [summary, ...records.flatMap(agentFindings)];
}

function agentFindings(record: WireRecord): Finding[] {
  const { id, warnings, tasks, gaps } = record;
  const health = healthOf(record);
  const trouble =
    health === 'stuck' || health === 'coming' ? [bad(`${id}: ${reasonOf(record)}`, adviceFor(record))] : [];
  const troubled = tasks.filter(({ state }) => state === 'failed' || state === 'backoff' || state === 'stuck');
  return [
    ...trouble,
    ...behindFindings(record),
    ...troubled.map(({ name, state, error }) =>
      bad(`${id}: task ${name} is ${state}: ${error ?? 'no error given'}`, `hairem logs ${id}`),
    ),
    ...warnings
      .filter((line) => line.startsWith('security: '))
      .map((line) => bad(`${id}: ${line}`, `if you do not know why, \`hairem stop ${id}\` and read its bundle`)),
    ...warnings.filter((line) => !isToldBefore(record, line)).map((line) => note(`${id}: ${line}`)),
    ...(gaps.length > 0
      ? [
          note(
            `${id}: ${gaps.length} gaps in which messages may be lost; the last until ${localTime(gaps.at(-1)?.until ?? '')}`,
          ),
        ]
      : []),
  ];
}

function behindFindings(record: WireRecord): Finding[] {
  const { id, behind, last_update } = record;
  const why = behindOf(record);
  if (behind === null && last_update?.result === 'held')
    return [bad(`${id}: its update ${last_update.because}`, ADVICE_BEHIND.held(id))];
  if (behind === null || why === null) return [];
  return behind.kind === 'rolled_back'
    ? [note(`${id}: ${why}`)]
    : [bad(`${id}: ${why}`, ADVICE_BEHIND[behind.kind](id))];
}

type Advised = Exclude<BehindKind, 'rolled_back'>;

const ADVICE_BEHIND: Readonly<Record<Advised, (id: string) => string>> = {
  invalid: (id) => `hairem validate ${id}`,
  settling: (id) => `hairem events ${id}`,
  held: (id) => `hairem allow ${id}`,
  blocked: (id) => `put the secret where it is looked for; \`hairem plan ${id}\` says what is missing then`,
  condemned: (id) => `correct the bundle, or \`hairem reload ${id}\` to try once more`,
  failed: (id) => `hairem logs ${id}; correct the bundle, or \`hairem reload ${id}\` to try at once`,
  gone: () => 'put the folder back, or leave it: the agent goes with it',
};

/** A line of the record's warnings that a finding has said already. */
function isToldBefore({ behind }: WireRecord, line: string): boolean {
  if (/^(?:failure|security|trust|behind): /.test(line)) return true;
  if (behind?.kind === 'blocked') return line.startsWith('secrets: ') && behind.because.includes(line.slice(9));
  return behind?.kind === 'invalid' && line.startsWith('bundle: ') && behind.because.startsWith(line.slice(8));
}

function adviceFor(record: WireRecord): string {
  const { id, status } = record;
  if (status === 'blocked' && record.warnings.some((line) => line.startsWith('trust: '))) return `hairem allow ${id}`;
  if (status === 'invalid') return `hairem validate ${id}`;
  if (status === 'failed') return `hairem logs ${id}; correct the bundle, or \`hairem reload ${id}\` to try once more`;
  return `hairem logs ${id}`;
}

function lineOf({ ok, what, advice }: Finding): string {
  return `${ok ? 'ok     ' : 'PROBLEM'} ${what}${advice === null ? '' : `\n        → ${advice}`}`;
}

const good = (what: string): Finding => ({ ok: true, what, advice: null });
const note = (what: string): Finding => ({ ok: true, what: `note: ${what}`, advice: null });
const bad = (what: string, advice: string | null): Finding => ({ ok: false, what, advice });
