/** Versions, heartbeats and updates for tests of what reads the registry: complete, and boring where a test does not say. */

import type { AgentRecord, UpdateReport } from '../../../orchestrator/src/domain/agent-record.ts';
import type { AgentEvent, AgentFact } from '../../../orchestrator/src/domain/event.ts';
import type { SoftPart, Version } from '../../../orchestrator/src/domain/version.ts';
import { aSoftPart, aVersion } from './a-version.ts';

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
  return aSoftPart({
    type: 'expert',
    version: '1.0',
    description: 'Answers',
    personified: false,
    capabilities: ['echo'],
    ...soft,
  });
}

export function versionOf(hash: string, soft: Partial<SoftPart> = {}, agent = 'echo'): Version {
  return aVersion({ agent, hash, soft: softOf(soft) });
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
    waits_since: null,
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
