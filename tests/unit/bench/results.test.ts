/** The figures of a run: the promised keys, the ratios, and a table that says what missed its target. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Measured, resultsOf } from '../../bench/results.ts';
import { sizesFrom } from '../../bench/sizes.ts';
import { renderParts, renderTable } from '../../bench/table.ts';
import { NO_FIGURES } from '../../support/load/ledger.ts';

const report = { ...NO_FIGURES, published: 1000, achieved: 990, missing: [], times: {}, trouble: [] };

const MEASURED: Measured = {
  quick: true,
  startedAt: '2026-01-01T12:00:00.000Z',
  engine: { name: 'Docker Engine', version: '20.10.24', api: '1.41' },
  host: { cpus: 2, memory_gib: 4, node: 'v24.0.0' },
  speed: {
    floor: [{ build: 100, create: 10, start: 250, boot: 40, startup: 60 }],
    saveToActive: [500],
    live: [60],
    composeWatch: [1000],
    phases: [],
    startup: [],
  },
  python: {
    floor: [{ build: 100, create: 10, start: 250, boot: 140, startup: 160 }],
    saveToActive: [700],
    live: [60],
    composeWatch: [],
    phases: [],
    startup: [200],
  },
  asks: {
    ask: { 'ts→ts': [3], 'py→py': [8], 'ts→py': [5], 'py→ts': [6] },
    raw: { 'ts→ts': [1], 'py→py': [2], 'ts→py': [2], 'py→ts': [2] },
  },
  small: {
    agentMib: 26,
    bareNodeMib: 20,
    pythonAgentMib: 28,
    barePythonMib: 20,
    orchestratorMib: 70,
    orchestratorCpuPercent: 0.5,
    diskMb10Agents: 0.01,
  },
  memory: {
    rounds: [
      {
        size: 1000,
        service: { remember: [4], words: [6], meaning: [9] },
        direct: { remember: [2], words: [4], meaning: [9] },
      },
    ],
    servicesMib: { fresh: 60, after: 90 },
  },
  llm: { direct: [2], node: [6], python: [7] },
  swaps: { swaps: 12, cutMs: [2], revertMs: [3], reports: [report, { ...report, redelivered: 4, behind: 1 }] },
  replies: { whileSwapped: [10], whileOthersBuild: [4], report },
};

const KEYS = [
  'engine floor_ms compose_watch_ms save_to_active_ms live_lane_ms ratio_to_floor_p50 swaps lost duplicated reordered',
  'redelivered cut_ms revert_ms agent_mib bare_node_mib orchestrator_mib orchestrator_cpu_percent disk_mb_10_agents',
  'remember_ms recall_ms services_mib llm_overhead_ms',
  'ask_ms raw_roundtrip_ms python_agent_mib bare_python_mib python_save_to_active_ms python_floor_ms python_startup_ms',
].flatMap((line) => line.split(' '));

test('every promised key is there', () => {
  const results = resultsOf(MEASURED);
  assert.deepEqual(
    KEYS.filter((key) => !(key in results)),
    [],
  );
  assert.deepEqual(results.floor_ms, { p50: 400, p95: 400, n: 1 });
});

test('ratios are of one run, and the accounts of all loads are added up', () => {
  const results = resultsOf(MEASURED);
  assert.equal(results.ratio_to_floor_p50, 1.25);
  assert.equal(results.ratio_to_compose_watch_p50, 0.5);
  assert.equal(results.ratio_reply_p99, 2.5);
  assert.equal(results.ratio_to_python_floor_p50, 1.4);
  assert.equal(results.ratio_python_startup, 1.25);
  assert.equal(results.ratio_to_bare_python, 1.4);
  assert.deepEqual(results.ratio_ask_to_raw_p50, { 'ts→ts': 3, 'py→py': 4, 'ts→py': 2.5, 'py→ts': 3 });
  assert.deepEqual(results.llm_overhead_ms, { node: 4, python: 5 });
  assert.equal(results.remember_ms[0]?.ratio_p50, 2);
  assert.equal(results.recall_ms.words[0]?.ratio_p50, 1.5);
  assert.deepEqual([results.published, results.redelivered, results.reordered], [3000, 4, 1]);
});

test('the table says what is on target and what missed it', () => {
  const lines = renderTable(resultsOf(MEASURED)).split('\n');
  const line = (start: string) => lines.find((one) => one.startsWith(start)) ?? '';
  assert.match(line('save to ACTIVE, p50'), /500 ms +floor 400 ms +1\.25 x +<= 1\.5 x +ok$/);
  assert.match(line('reply p99'), /2\.50 x +<= 2 x +MISS$/);
  assert.match(line('reordered'), /1 +3000 messages +0 +MISS$/);
  assert.match(line('ask py→py'), /8\.00 ms +8\.00 ms +raw echo 2\.00 ms 2\.00 ms +4\.00 x +<= 3 x +MISS$/);
  assert.match(line('Python: start-up'), /200 ms +bare Python 160 ms +1\.25 x +<= 1\.5 x +ok$/);
  assert.match(line('idle echo'), /1\.30 x +<= 1\.3 x +ok$/);
  assert.match(renderParts(resultsOf(MEASURED)), /the floor, ms: build 100, create 10, start 250, boot 40/);
});

test("where compose's watch does not work there is no ratio, and no target met", () => {
  const results = resultsOf({ ...MEASURED, speed: { ...MEASURED.speed, composeWatch: [] } });
  assert.equal(results.compose_watch_ms, null);
  assert.match(renderTable(results), /compose watch not measured .*MISS/);
});

test('only --quick is an option', () => {
  assert.equal(sizesFrom(['--quick'])?.quick, true);
  assert.equal(sizesFrom([])?.quick, false);
  assert.equal(sizesFrom(['--fast']), null);
});
