/** Versions, heartbeats and updates for tests of what reads the registry: complete, and boring where a test does not say. */
import type { AgentRecord, UpdateReport } from '../../orchestrator/src/domain/agent-record.ts';
import type { AgentEvent, AgentFact } from '../../orchestrator/src/domain/event.ts';
import type { SoftPart, Version } from '../../orchestrator/src/domain/version.ts';

type Heartbeat = Extract<AgentFact, { type: 'heartbeat' }>['heartbeat'];

export const NOON = '2026-01-01T12:00:00.000Z';

/** The time `ms` after noon. */
export function after(ms: number): string {
  return new Date(Date.parse(NOON) + ms).toISOString();
}

export function eventOf(fact: AgentFact, { agent = 'echo', at = NOON } = {}): AgentEvent {
  return { agent, at, ...fact };
}

function softOf(soft: Partial<SoftPart> = {}): SoftPart {
  return {
    name: 'Echo',
    type: 'expert',
    role: null,
    version: '1.0',
    description: 'Answers',
    color: null,
    personified: false,
    capabilities: ['echo'],
    dependencies: [],
    skills: [],
    llm_config: {},
    config: {},
    persona: null,
    extra: {},
    ...soft,
  };
}

export function versionOf(hash: string, soft: Partial<SoftPart> = {}, agent = 'echo'): Version {
  return {
    agent,
    hash,
    runtime: 'node',
    codeHash: 'c',
    depsHash: 'd',
    imageHash: 'i',
    specHash: 's',
    softHash: 'f',
    spec: { memory: 268_435_456, cpus: 0.5, pids: 128, egress: 'none', storage: false },
    topics: null,
    update: {
      strategy: 'start-first',
      ready_seconds: 60,
      min_healthy_seconds: 0,
      drain_seconds: 30,
      monitor_seconds: 30,
    },
    soft: softOf(soft),
  };
}

export function desired(hash: string, more: Partial<Extract<AgentFact, { type: 'desired' }>> = {}): AgentFact {
  return { type: 'desired', version: versionOf(hash), enabled: true, warnings: [], rating: null, ...more };
}

export function active(hash: string, inst: number, soft: Partial<SoftPart> = {}): AgentFact {
  const container = { id: `c${inst}`, name: `hairem-x-echo-${inst}`, image: 'hairem/agent-echo:1', started_at: NOON };
  return { type: 'active', version: versionOf(hash, soft), inst, term: inst, container };
}

export function heartbeat(inst: number, more: Partial<Heartbeat> = {}): AgentFact {
  return {
    type: 'heartbeat',
    heartbeat: {
      type: 'heartbeat',
      inst,
      term: inst,
      state: 'ACTIVE',
      hash: null,
      tasks: [],
      commands: [],
      skills: [],
      memory_bytes: 50_000_000,
      cpu_ms: 100,
      lag_ms: 1,
      held: 0,
      dropped: {},
      ...more,
    },
  };
}

export function updateOf(more: Partial<UpdateReport> = {}): UpdateReport {
  return {
    lane: 'code',
    result: 'ok',
    ms: 300,
    at: NOON,
    because: 'logic.ts changed',
    from: 'h1',
    to: 'h2',
    cut_ms: 2,
    revert_ms: null,
    error: null,
    ...more,
  };
}

export const PROBLEM: AgentRecord['problems'][number] = {
  severity: 'error',
  file: 'manifest.yaml',
  line: 3,
  column: 5,
  path: 'resources.memory',
  message: 'expected a size like 256m',
};
