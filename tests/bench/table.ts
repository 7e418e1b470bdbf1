/** The figures of one run as a table for a person, each beside what it is compared with and its target. Pure. */
import { PAIRS } from './asks.ts';
import type { Results } from './results.ts';

interface Row {
  measure: string;
  value: string;
  beside: string;
  ratio: number | null;
  target: string;
  /** Null where there is no target. */
  ok: boolean | null;
}

/** The live lane's part of the floor, beside which comes the settling. */
const LIVE_SHARE = 0.2;

const ms = (value: number | null | undefined) =>
  value === null || value === undefined ? 'not measured' : `${Math.round(value)} ms`;
const fine = (value: number | null) => (value === null ? 'not measured' : `${value.toFixed(value < 10 ? 2 : 1)} ms`);
const atMost = (value: number | null, limit: number) => value !== null && value <= limit;

const LLM_MS = 10;

function rowsOf(results: Results): Row[] {
  return [
    ...speedRows(results),
    ...pythonRows(results),
    ...askRows(results),
    ...memoryRows(results),
    ...llmRows(results),
    ...loadRows(results),
    ...smallRows(results),
  ];
}

function speedRows(r: Results): Row[] {
  const floor = r.floor_ms.p50 ?? 0;
  const liveLimit = LIVE_SHARE * floor + r.settle_ms;
  const beside = `floor ${ms(floor)}`;
  return [
    row('save to ACTIVE, p50', ms(r.save_to_active_ms.p50), { beside, ratio: r.ratio_to_floor_p50, most: 1.5 }),
    row('save to ACTIVE, p95', ms(r.save_to_active_ms.p95), { beside, ratio: r.ratio_to_floor_p95, most: 2.5 }),
    row('save to ACTIVE, p50', ms(r.save_to_active_ms.p50), {
      beside: `compose watch ${ms(r.compose_watch_ms?.p50)}`,
      ratio: r.ratio_to_compose_watch_p50,
      most: 0.75,
    }),
    {
      ...row('live lane, p50', ms(r.live_lane_ms.p50), { beside }),
      target: `<= ${LIVE_SHARE} x floor + ${r.settle_ms} ms = ${ms(liveLimit)}`,
      ok: atMost(r.live_lane_ms.p50, liveLimit),
    },
  ];
}

function pythonRows(r: Results): Row[] {
  const { agent, bare } = r.python_startup_ms;
  return [
    row('Python: save to ACTIVE, p50', ms(r.python_save_to_active_ms.p50), {
      beside: `its floor ${ms(r.python_floor_ms.p50)}`,
      ratio: r.ratio_to_python_floor_p50,
      most: 1.5,
    }),
    row('Python: start-up', ms(agent), { beside: `bare Python ${ms(bare)}`, ratio: r.ratio_python_startup, most: 1.5 }),
    row('Python: idle echo', `${r.python_agent_mib} MiB`, {
      beside: `bare Python ${r.bare_python_mib} MiB`,
      ratio: r.ratio_to_bare_python,
      most: 1.4,
    }),
  ];
}

function askRows(r: Results): Row[] {
  return PAIRS.map((pair) => {
    const [ask, raw] = [r.ask_ms[pair], r.raw_roundtrip_ms[pair]];
    return row(`ask ${pair}, p50 and p95`, `${fine(ask.p50)} ${fine(ask.p95)}`, {
      beside: `raw echo ${fine(raw.p50)} ${fine(raw.p95)}`,
      ratio: r.ratio_ask_to_raw_p50[pair],
      most: 3,
    });
  });
}

function memoryRows(r: Results): Row[] {
  const kinds = [
    ['remember', r.remember_ms],
    ['recall by words', r.recall_ms.words],
    ['recall by meaning', r.recall_ms.meaning],
  ] as const;
  return kinds.flatMap(([kind, sizes]) =>
    sizes.map(({ memories, service, direct, ratio_p50 }) =>
      row(`${kind}, ${memories} memories, p50 and p95`, `${fine(service.p50)} ${fine(service.p95)}`, {
        beside: `the driver alone ${fine(direct.p50)} ${fine(direct.p95)}`,
        ratio: ratio_p50,
      }),
    ),
  );
}

/** What an agent waits longer for the first word than it would without the service between. */
function llmRows(r: Results): Row[] {
  const { direct } = r.llm_first_piece_ms;
  return (['node', 'python'] as const).map((language) => {
    const over = r.llm_overhead_ms[language];
    return {
      ...row(`first piece of an answer, ${language}, over the server directly, p50`, fine(over), {
        beside: `directly ${fine(direct.p50)} ${fine(direct.p95)}`,
      }),
      target: `<= ${LLM_MS} ms`,
      ok: atMost(over, LLM_MS),
    };
  });
}

function loadRows(r: Results): Row[] {
  const none = (measure: string, value: number) => ({
    ...row(measure, String(value), { beside: `${r.published} messages` }),
    target: '0',
    ok: value === 0,
  });
  const { while_swapped, while_others_build } = r.reply_p99_ms;
  return [
    row('swaps under load', String(r.swaps), { beside: `${r.messages_per_second} messages/s` }),
    none('lost', r.lost),
    none('duplicated', r.duplicated),
    none('reordered', r.reordered),
    row('redelivered, flagged', String(r.redelivered), { beside: `${r.revert_ms.n} reverts` }),
    row('cut, p50 and p95', `${fine(r.cut_ms.p50)} ${fine(r.cut_ms.p95)}`, { beside: `${r.cut_ms.n} swaps` }),
    row('revert, p50 and p95', `${fine(r.revert_ms.p50)} ${fine(r.revert_ms.p95)}`, {
      beside: `${r.revert_ms.n} reverts`,
    }),
    row('reply p99 while swapped', fine(while_swapped), {
      beside: `while others build ${fine(while_others_build)}`,
      ratio: r.ratio_reply_p99,
      most: 2,
    }),
  ];
}

function smallRows(r: Results): Row[] {
  return [
    row('idle echo', `${r.agent_mib} MiB`, {
      beside: `bare Node ${r.bare_node_mib} MiB`,
      ratio: r.ratio_to_bare_node,
      most: 1.3,
    }),
    {
      ...row('orchestrator, 20 idle agents', `${r.orchestrator_mib} MiB`, { beside: 'its container' }),
      target: '<= 100 MiB',
      ok: r.orchestrator_mib <= 100,
    },
    {
      ...row('orchestrator, 20 idle agents', `${r.orchestrator_cpu_percent} %`, { beside: 'one core' }),
      target: '< 1 %',
      ok: r.orchestrator_cpu_percent < 1,
    },
    row('services', `${r.services_mib.fresh} MiB`, { beside: `${r.services_mib.after} MiB with all those memories` }),
    {
      ...row('disk of 10 bundles', `${r.disk_mb_10_agents} MB`, { beside: 'above the base image' }),
      target: '< 20 MB',
      ok: r.disk_mb_10_agents < 20,
    },
  ];
}

interface Beside {
  beside: string;
  ratio?: number | null;
  /** The largest ratio that is on target. */
  most?: number;
}

function row(measure: string, value: string, { beside, ratio = null, most }: Beside): Row {
  const target = most === undefined ? '' : `<= ${most} x`;
  return { measure, value, beside, ratio, target, ok: most === undefined ? null : atMost(ratio, most) };
}

export function renderTable(results: Results): string {
  const head = ['measure', 'value', 'beside', 'ratio', 'target', ''];
  const cells = rowsOf(results).map(({ measure, value, beside, ratio, target, ok }) => [
    measure,
    value,
    beside,
    ratio === null ? '' : `${ratio.toFixed(2)} x`,
    target,
    ok === null ? '' : ok ? 'ok' : 'MISS',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((line) => line[column]?.length ?? 0)));
  const render = (line: readonly string[]) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  return [render(head), render(rule), ...cells.map(render)].join('\n');
}

/** Where the time of a save goes, and that of the floor. */
export function renderParts(results: Results): string {
  const { phases_ms, floor_parts_ms, python_phases_ms, python_floor_parts_ms } = results;
  const line = (parts: object) =>
    Object.entries(parts)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  return [
    `a save, ms: ${line(phases_ms)}`,
    `the floor, ms: ${line(floor_parts_ms)}`,
    `a save in Python, ms: ${line(python_phases_ms)}`,
    `its floor, ms: ${line(python_floor_parts_ms)}`,
  ].join('\n');
}
