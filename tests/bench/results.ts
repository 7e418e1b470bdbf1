/** The figures of one run as they are kept: what was measured, and the ratios of it. Pure. */
import { FIRST_GAP_MS } from '../../orchestrator/src/bundle/debounce.ts';
import { spread } from '../support/load/spread.ts';
import { type AskFigures, PAIRS, type Pair } from './asks.ts';
import type { EngineVersion } from './engine-figures.ts';
import { FLOOR_PARTS, sumOf } from './floor.ts';
import type { LlmFigures } from './llm.ts';
import type { MemoryFigures } from './memory.ts';
import { PHASES, type Phases } from './phases.ts';
import type { ReplyFigures } from './replies.ts';
import type { SmallFigures } from './small.ts';
import { mediansOf, type SpeedFigures } from './speed.ts';
import type { SwapFigures } from './swaps.ts';

export interface Measured {
  quick: boolean;
  startedAt: string;
  engine: EngineVersion;
  host: { cpus: number; memory_gib: number; node: string };
  speed: SpeedFigures;
  /** The same of an agent in Python. */
  python: SpeedFigures;
  asks: AskFigures;
  small: SmallFigures;
  swaps: SwapFigures;
  replies: ReplyFigures;
  memory: MemoryFigures;
  llm: LlmFigures;
}

/** Over the bus, and with the driver alone on the same engine. */
interface Beside {
  /** How many memories there were before. */
  memories: number;
  service: Figure;
  direct: Figure;
  ratio_p50: number | null;
}

type FloorPart = (typeof FLOOR_PARTS)[number];

interface Figure {
  p50: number | null;
  p95: number | null;
  n: number;
}

export interface Results {
  quick: boolean;
  started_at: string;
  engine: string;
  engine_api: string;
  host: Measured['host'];
  floor_ms: Figure;
  compose_watch_ms: Figure | null;
  save_to_active_ms: Figure;
  live_lane_ms: Figure;
  /** Part of the live lane and of a save: how long a change must stay unchanged. */
  settle_ms: number;
  ratio_to_floor_p50: number | null;
  /** The slow saves beside the floor's median, which is stricter than beside its own slow ones. */
  ratio_to_floor_p95: number | null;
  ratio_to_compose_watch_p50: number | null;
  /** Medians of the steps from a save to ACTIVE. */
  phases_ms: Phases;
  floor_parts_ms: Record<FloorPart, number>;
  reply_p99_ms: { while_swapped: number | null; while_others_build: number | null; n: number };
  ratio_reply_p99: number | null;
  swaps: number;
  published: number;
  messages_per_second: number;
  lost: number;
  duplicated: number;
  /** As the publishers saw it, and as the agents did. */
  reordered: number;
  redelivered: number;
  cut_ms: Figure;
  revert_ms: Figure;
  agent_mib: number;
  bare_node_mib: number;
  ratio_to_bare_node: number;
  python_save_to_active_ms: Figure;
  /** Its own floor: a bare Python process that imports asyncio and redis-py and connects. */
  python_floor_ms: Figure;
  ratio_to_python_floor_p50: number | null;
  python_phases_ms: Phases;
  python_floor_parts_ms: Record<FloorPart, number>;
  /** Medians, from the start of the process: an agent's until its `hello`, a bare process' until it is connected. */
  python_startup_ms: { agent: number | null; bare: number | null };
  ratio_python_startup: number | null;
  python_agent_mib: number;
  bare_python_mib: number;
  ratio_to_bare_python: number;
  /** From a question to its answer, by the languages of who asks and who answers. */
  ask_ms: Record<Pair, Figure>;
  /** Of a raw echo over two PUBLISH hops, likewise. */
  raw_roundtrip_ms: Record<Pair, Figure>;
  ratio_ask_to_raw_p50: Record<Pair, number | null>;
  /** With a vector of 384 dimensions. */
  remember_ms: Beside[];
  /** The ten best, by three words and by a vector. */
  recall_ms: { words: Beside[]; meaning: Beside[] };
  /** Medians: to the first piece through the service, less that of the same server directly. */
  llm_overhead_ms: { node: number | null; python: number | null };
  llm_first_piece_ms: { direct: Figure; node: Figure; python: Figure };
  /** Private memory of the process: when it has begun, and behind the largest of those. */
  services_mib: { fresh: number; after: number };
  orchestrator_mib: number;
  orchestrator_cpu_percent: number;
  orchestrator_measured: string;
  disk_mb_10_agents: number;
}

export function resultsOf(measured: Measured): Results {
  const { speed, small, engine } = measured;
  const floor = figure(speed.floor.map(sumOf));
  const save = figure(speed.saveToActive);
  const compose = speed.composeWatch.length > 0 ? figure(speed.composeWatch) : null;
  return {
    quick: measured.quick,
    started_at: measured.startedAt,
    engine: `${engine.name} ${engine.version}`,
    engine_api: engine.api,
    host: measured.host,
    floor_ms: floor,
    compose_watch_ms: compose,
    save_to_active_ms: save,
    live_lane_ms: figure(speed.live),
    settle_ms: FIRST_GAP_MS,
    ratio_to_floor_p50: ratio(save.p50, floor.p50),
    ratio_to_floor_p95: ratio(save.p95, floor.p50),
    ratio_to_compose_watch_p50: ratio(save.p50, compose?.p50 ?? null),
    phases_ms: mediansOf(PHASES, speed.phases),
    floor_parts_ms: mediansOf(FLOOR_PARTS, speed.floor),
    ...underLoad(measured),
    agent_mib: small.agentMib,
    bare_node_mib: small.bareNodeMib,
    ratio_to_bare_node: ratio(small.agentMib, small.bareNodeMib) ?? 0,
    ...inPython(measured),
    ...asked(measured.asks),
    ...remembered(measured.memory),
    ...thought(measured.llm),
    orchestrator_mib: small.orchestratorMib,
    orchestrator_cpu_percent: small.orchestratorCpuPercent,
    orchestrator_measured: 'the container that ships, with 20 idle agents',
    disk_mb_10_agents: small.diskMb10Agents,
  };
}

function inPython({ python, small }: Measured) {
  const floor = figure(python.floor.map(sumOf));
  const save = figure(python.saveToActive);
  const phases = mediansOf(PHASES, python.phases);
  const bare = figure(python.floor.map((round) => round.startup));
  const startup = { agent: figure(python.startup).p50, bare: bare.p50 };
  return {
    python_save_to_active_ms: save,
    python_floor_ms: floor,
    ratio_to_python_floor_p50: ratio(save.p50, floor.p50),
    python_phases_ms: phases,
    python_floor_parts_ms: mediansOf(FLOOR_PARTS, python.floor),
    python_startup_ms: startup,
    ratio_python_startup: ratio(startup.agent, startup.bare),
    python_agent_mib: small.pythonAgentMib,
    bare_python_mib: small.barePythonMib,
    ratio_to_bare_python: ratio(small.pythonAgentMib, small.barePythonMib) ?? 0,
  };
}

function asked({ ask, raw }: AskFigures) {
  const each = <T>(of: (pair: Pair) => T) =>
    Object.fromEntries(PAIRS.map((pair) => [pair, of(pair)])) as Record<Pair, T>;
  const ask_ms = each((pair) => figure(ask[pair]));
  const raw_roundtrip_ms = each((pair) => figure(raw[pair]));
  return {
    ask_ms,
    raw_roundtrip_ms,
    ratio_ask_to_raw_p50: each((pair) => ratio(ask_ms[pair].p50, raw_roundtrip_ms[pair].p50)),
  };
}

function remembered({ rounds, servicesMib }: MemoryFigures) {
  const beside = (of: 'remember' | 'words' | 'meaning'): Beside[] =>
    rounds.map(({ size, service, direct }) => {
      const [own, alone] = [figure(service[of]), figure(direct[of])];
      return { memories: size, service: own, direct: alone, ratio_p50: ratio(own.p50, alone.p50) };
    });
  return {
    remember_ms: beside('remember'),
    recall_ms: { words: beside('words'), meaning: beside('meaning') },
    services_mib: servicesMib,
  };
}

function thought(llm: LlmFigures) {
  const [direct, node, python] = [figure(llm.direct), figure(llm.node), figure(llm.python)];
  const over = ({ p50 }: Figure) =>
    p50 === null || direct.p50 === null ? null : Math.round((p50 - direct.p50) * 100) / 100;
  return {
    llm_overhead_ms: { node: over(node), python: over(python) },
    llm_first_piece_ms: { direct, node, python },
  };
}

function underLoad({ swaps, replies }: Measured) {
  const reports = [...swaps.reports, replies.report];
  const sum = (key: 'lost' | 'duplicated' | 'reordered' | 'behind' | 'redelivered' | 'published') =>
    reports.reduce((total, report) => total + report[key], 0);
  const swapped = spread(replies.whileSwapped);
  const building = spread(replies.whileOthersBuild);
  return {
    reply_p99_ms: { while_swapped: swapped.p99, while_others_build: building.p99, n: swapped.n },
    ratio_reply_p99: ratio(swapped.p99, building.p99),
    swaps: swaps.swaps,
    published: sum('published'),
    messages_per_second: swaps.reports[0].achieved,
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    reordered: sum('reordered') + sum('behind'),
    redelivered: sum('redelivered'),
    cut_ms: figure(swaps.cutMs),
    revert_ms: figure(swaps.revertMs),
  };
}

function figure(values: readonly number[]): Figure {
  const { p50, p95, n } = spread(values);
  return { p50, p95, n };
}

function ratio(value: number | null, to: number | null): number | null {
  return value === null || !to ? null : Number((value / to).toFixed(3));
}
