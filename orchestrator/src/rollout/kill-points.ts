/**
 * Places at which a test may kill the orchestrator: every step, and every state that an instance reaches.
 * `HAIREM_KILL_AT` names one; a test fails if one of them is never tried.
 */
import { INSTANCE_STATES, type InstanceState } from '../domain/messages/control.ts';
import { STEP_KINDS, type StepKind } from '../plan/step.ts';

export type KillPoint =
  | `step:${StepKind}`
  | `state:${InstanceState}`
  | 'user-made'
  | 'prepared'
  | 'verified'
  | 'cut-published';

export const KILL_POINTS: readonly KillPoint[] = [
  ...STEP_KINDS.map((kind) => `step:${kind}` as const),
  ...INSTANCE_STATES.map((state) => `state:${state}` as const),
  'user-made',
  'prepared',
  'verified',
  'cut-published',
];
