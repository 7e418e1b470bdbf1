/** The measured figures as rows of a table: value, floor, peer, ratio, target and whether it was met. Pure. */
import { type Spread, spread } from '../rig/load/spread.ts';
import type { Footprint } from './footprint.ts';
import type { LosslessFigures } from './lossless.ts';
import type { SpeedFigures } from './speed.ts';

export interface Measured {
  engine: string;
  quick: boolean;
  /** Two equal looks at a saved file, milliseconds apart. */
  settleMs: number;
  speed: SpeedFigures;
  lossless: LosslessFigures;
  footprint: Footprint;
}

export interface Row {
  what: string;
  value: number | null;
  unit: string;
  against?: { what: string; value: number | null };
  target: string;
  /** Null where there is nothing to compare with. */
  ok: boolean | null;
}

/** The keys that the benchmark promises, and what else was measured. */
export function resultsOf({ engine, quick, settleMs, speed, lossless, footprint }: Measured) {
  const floor = spread(speed.floor);
  const save = spread(speed.saveToActive);
  const { figures, p99 } = lossless;
  return {
    engine,
    quick,
    at: new Date().toISOString(),
    floor_ms: brief(floor),
    compose_watch_ms: brief(spread(speed.composeWatch)),
    save_to_active_ms: brief(save),
    live_lane_ms: brief(spread(speed.live)),
    settle_ms: settleMs,
    ratio_to_floor_p50: ratio(save.p50, floor.p50),
    ratio_to_floor_p95: ratio(save.p95, floor.p50),
    ratio_to_compose_watch_p50: ratio(save.p50, spread(speed.composeWatch).p50),
    swaps: lossless.swaps,
    fault_swaps: lossless.faultSwaps,
    messages_per_second: lossless.achieved,
    ...figures,
    cut_ms: brief(spread(lossless.cutMs)),
    revert_ms: brief(spread(lossless.revertMs)),
    reply_p99_swapping_ms: p99.swapping,
    reply_p99_engine_busy_ms: p99.engineBusy,
    agent_mib: rounded(footprint.agentMib),
    bare_node_mib: rounded(footprint.bareNodeMib),
    orchestrator_mib: rounded(footprint.orchestratorMib),
    orchestrator_cpu_percent: rounded(footprint.orchestratorCpuPercent),
    disk_mb_10_agents: rounded(footprint.diskMb10Agents),
  };
}

export type Results = ReturnType<typeof resultsOf>;

export function rowsOf(results: Results): Row[] {
  return [...speedRows(results), ...losslessRows(results), ...footprintRows(results)];
}

function speedRows(results: Results): Row[] {
  const { floor_ms: floor, save_to_active_ms: save, live_lane_ms: live, compose_watch_ms: compose } = results;
  const liveLimit = floor.p50 === null ? null : 0.2 * floor.p50 + results.settle_ms;
  return [
    {
      what: 'save to ACTIVE, p50',
      value: save.p50,
      unit: 'ms',
      against: { what: 'floor', value: floor.p50 },
      ...atMost(save.p50, floor.p50, 1.5),
    },
    {
      what: 'save to ACTIVE, p95',
      value: save.p95,
      unit: 'ms',
      against: { what: 'floor', value: floor.p50 },
      ...atMost(save.p95, floor.p50, 2.5),
    },
    {
      what: 'save to ACTIVE, p50',
      value: save.p50,
      unit: 'ms',
      against: { what: 'compose watch', value: compose.p50 },
      ...atMost(save.p50, compose.p50, 0.75),
    },
    {
      what: 'live lane, p50',
      value: live.p50,
      unit: 'ms',
      against: { what: '0.2 x floor + settle', value: liveLimit },
      ...atMost(live.p50, liveLimit, 1),
    },
    {
      what: 'reply p99 of the swapped agent',
      value: results.reply_p99_swapping_ms,
      unit: 'ms',
      against: { what: 'engine busy', value: results.reply_p99_engine_busy_ms },
      ...atMost(results.reply_p99_swapping_ms, results.reply_p99_engine_busy_ms, 2),
    },
    { what: 'cut, p50', value: results.cut_ms.p50, unit: 'ms', target: '', ok: null },
    { what: 'revert, p50', value: results.revert_ms.p50, unit: 'ms', target: '', ok: null },
  ];
}

function losslessRows(results: Results): Row[] {
  const { swaps, fault_swaps, owed } = results;
  const none = (what: string, value: number): Row => ({ what, value, unit: '', target: '0', ok: value === 0 });
  return [
    { what: `swaps, and ${fault_swaps} with a death`, value: swaps, unit: '', target: '', ok: null },
    { what: 'answers owed', value: owed, unit: '', target: '', ok: null },
    none('lost', results.lost),
    none('doubled without a flag', results.duplicated),
    none('out of order', results.reordered + results.behind),
    { what: 'redelivered (flagged)', value: results.redelivered, unit: '', target: '', ok: null },
  ];
}

function footprintRows(results: Results): Row[] {
  const { agent_mib: agent, bare_node_mib: bare, orchestrator_mib, orchestrator_cpu_percent: cpu } = results;
  return [
    {
      what: 'idle echo',
      value: agent,
      unit: 'MiB',
      against: { what: 'bare Node', value: bare },
      ...atMost(agent, bare, 1.3),
    },
    { what: 'orchestrator, 20 agents', value: orchestrator_mib, unit: 'MiB', ...under(orchestrator_mib, 100) },
    { what: 'orchestrator, 20 agents', value: cpu, unit: '% of a core', ...under(cpu, 1) },
    {
      what: 'disk of 10 agents',
      value: results.disk_mb_10_agents,
      unit: 'MB',
      ...under(results.disk_mb_10_agents, 20),
    },
  ];
}

function atMost(value: number | null, other: number | null, limit: number): Pick<Row, 'target' | 'ok'> {
  const known = value !== null && other !== null;
  return { target: `<= ${limit} x`, ok: known ? value <= other * limit : null };
}

const under = (value: number, limit: number): Pick<Row, 'target' | 'ok'> => ({
  target: `< ${limit}`,
  ok: value < limit,
});

const brief = ({ p50, p95, n }: Spread) => ({ p50, p95, n });
const rounded = (value: number) => Number(value.toFixed(2));
const ratio = (value: number | null, other: number | null) =>
  value === null || other === null ? null : rounded(value / other);

export function renderRows(rows: readonly Row[]): string {
  const cells = rows.map(({ what, value, unit, against, target, ok }) => [
    what,
    `${value ?? '-'} ${unit}`.trim(),
    against ? `${against.what} ${against.value === null ? '-' : rounded(against.value)}` : '',
    against && value !== null && against.value ? `${rounded(value / against.value)} x` : '',
    target,
    ok === null ? '' : ok ? 'ok' : 'MISS',
  ]);
  const all = [['what', 'value', 'compared with', 'ratio', 'target', ''], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
