/** `hairem ps`: the crew and how it is doing, and what is wrong with the system. */
import { problemText } from '../../domain/behind.ts';
import { behindOf, healthOf, reasonOf, statusOf } from '../agents/health.ts';
import { readCrew, readSystem, type WireRecord } from '../agents/records.ts';
import { connectApi } from '../api-client.ts';
import { type Command, EXIT } from '../command.ts';
import { ago, bytes, milliseconds, oneLine, seconds, shortHash, table } from '../format.ts';
import { asHere } from '../local-names.ts';

const HEAD = ['AGENT', 'STATUS', 'VERSION', 'INSTANCE', 'MEMORY', 'CPU', 'TASKS', 'LAST UPDATE'];

export const ps: Command = async ({ config, json, terminal, clock }) => {
  const api = await connectApi(config);
  const records = await readCrew(api);
  if (json) {
    terminal.out(JSON.stringify(records, null, 2));
    return EXIT.ok;
  }
  const now = clock.timestamp();
  if (records.length === 0) terminal.out('no agents: put a folder into the agents folder');
  else
    for (const line of table([HEAD, ...records.map((record) => row(record, now))], terminal.width)) terminal.out(line);
  const reasons = [
    ...(await readSystem(api)).reasons.map((reason) => oneLine(asHere(reason, config))),
    ...troublesOf(records),
    ...behindIn(records),
    ...needsOf(records),
    ...warningsOf(records),
    ...securityOf(records),
    ...waitsOf(records, now),
  ];
  if (reasons.length > 0) terminal.out('');
  for (const reason of reasons) terminal.out(reason);
  return EXIT.ok;
};

function troublesOf(records: readonly WireRecord[]): string[] {
  const troubled = records.filter((record) => healthOf(record) === 'stuck' || record.status === 'backoff');
  return troubled.map((record) => `${record.id}: ${reasonOf(record)}`);
}

function behindIn(records: readonly WireRecord[]): string[] {
  return records.flatMap((record) => {
    const why = behindOf(record);
    return why === null ? [] : [`${record.id}: ${why}`];
  });
}

/** Of agents that are otherwise well. */
function needsOf(records: readonly WireRecord[]): string[] {
  return records.flatMap(({ id, warnings }) =>
    warnings.filter((line) => line.startsWith('dependencies: ')).map((line) => oneLine(`${id}: ${line.slice(14)}`)),
  );
}

const WARNINGS_SHOWN = 3;

/** What its folder holds and nobody reads, and the like: `validate` has all of it. */
function warningsOf(records: readonly WireRecord[]): string[] {
  return records.flatMap(({ id, problems }) => {
    const warnings = problems.filter(({ severity }) => severity === 'warning');
    const shown = warnings.slice(0, WARNINGS_SHOWN).map((one) => oneLine(`${id}: warning: ${problemText(one)}`));
    const more = warnings.length - shown.length;
    return more > 0 ? [...shown, `${id}: ${more} more warnings: \`hairem validate ${id}\``] : shown;
  });
}

/** While it is recent the record warns of it; the API has all of it. */
function securityOf(records: readonly WireRecord[]): string[] {
  return records.flatMap(({ id, warnings }) => {
    const last = warnings.findLast((line) => line.startsWith('security: '));
    return last === undefined ? [] : [oneLine(`${id}: ${last}`)];
  });
}

/** An update that takes long through no fault of its own. */
function waitsOf(records: readonly WireRecord[], now: string): string[] {
  return records.flatMap(({ id, last_update, behind }) => {
    if (last_update?.result === 'held' && behind === null) return [`${id}: its update ${last_update.because}`];
    const since = last_update?.waits_since ?? null;
    if (since === null) return [];
    const what = 'its update waits for a handler of the running version that has worked for';
    return [`${id}: ${what} ${seconds(since, now)} s`];
  });
}

function row(record: WireRecord, now: string): string[] {
  const { container, bundle } = record;
  return [
    record.id,
    statusOf(record),
    [record.version, shortHash(bundle.running ?? bundle.desired), wantedOf(record)]
      .filter((part) => part !== null)
      .join(' '),
    record.instance === null ? '-' : String(record.instance),
    bytes(container?.memory_bytes ?? null),
    typeof container?.cpu_percent === 'number' ? `${container.cpu_percent.toFixed(1)} %` : '-',
    tasks(record),
    lastUpdate(record, now),
  ];
}

/** The version that is wanted where another one runs. */
function wantedOf({ bundle: { running, desired } }: WireRecord): string | null {
  return running === null || desired === null || running === desired ? null : `→ ${shortHash(desired)}`;
}

function tasks({ tasks: all }: WireRecord): string {
  const running = all.filter(({ state }) => state === 'running').length;
  return all.length === 0 ? '-' : `${running}/${all.length}`;
}

function lastUpdate({ last_update }: WireRecord, now: string): string {
  if (last_update === null) return '-';
  const { lane, result, ms, at, because } = last_update;
  return `${lane} ${result}${ms === null ? '' : ` in ${milliseconds(ms)}`}, ${ago(at, now)}: ${because}`;
}
