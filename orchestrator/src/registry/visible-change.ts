/**
 * Whether a reader of the list would want to know. A heartbeat comes every two seconds and mostly moves a gauge by
 * nothing much: then the list's ETag stands, and 304 is the honest answer.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AgentRecord } from '../domain/agent-record.ts';

const MEMORY_STEP = 0.1;
const CPU_STEP_POINTS = 5;

/** @param shown the record as it was when the revision last moved */
export function changesVisibly(shown: AgentRecord, now: AgentRecord): boolean {
  return gaugesMoved(shown.container, now.container) || !isDeepStrictEqual(withoutGauges(shown), withoutGauges(now));
}

function withoutGauges(record: AgentRecord): unknown {
  const { container } = record;
  return {
    ...record,
    updated_at: null,
    container: container && { ...container, memory_bytes: null, cpu_percent: null },
  };
}

function gaugesMoved(shown: AgentRecord['container'], now: AgentRecord['container']): boolean {
  if (shown === null || now === null) return false;
  const memory = shown.memory_bytes ?? 0;
  if (Math.abs((now.memory_bytes ?? 0) - memory) > memory * MEMORY_STEP) return true;
  if ((shown.cpu_percent === null) !== (now.cpu_percent === null)) return true;
  return Math.abs((now.cpu_percent ?? 0) - (shown.cpu_percent ?? 0)) > CPU_STEP_POINTS;
}
