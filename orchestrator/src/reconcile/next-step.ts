/** The next step of one agent, from the last look at the engine; what stands in its way is said on the way. */
import type { AgentId, InstanceNumber } from '../domain/agent.ts';
import type { AgentFact } from '../domain/event.ts';
import type { Observation } from '../domain/observation.ts';
import { planAgent } from '../plan/plan-changes.ts';
import type { Step } from '../plan/step.ts';
import { whyBehind } from '../plan/why-behind.ts';
import type { RolloutDeps } from '../rollout/deps.ts';
import { holdOf, inputsOf, type LoopSecrets, type LoopTrust } from './agent-inputs.ts';
import type { Actor } from './agent-worker.ts';
import { excuseWait } from './change-time.ts';
import { viewOf } from './planner-view.ts';
import { recordBehind } from './record/record-behind.ts';
import { recordHold } from './record/record-hold.ts';
import { recordBlocked, recordSecrets } from './record/record-secrets.ts';

interface NextStepDeps {
  swap: Pick<RolloutDeps, 'clock' | 'emit'>;
  secrets: Pick<LoopSecrets, 'stateOf'>;
  trust: Pick<LoopTrust, 'holdOf'>;
  expired(agent: AgentId): InstanceNumber;
  removeHoldMs: number;
}

export const secretsHashOf = (deps: Pick<NextStepDeps, 'secrets'>) => (step: Step) =>
  'version' in step ? deps.secrets.stateOf(step.version).hash : '';

export const timesOf = (deps: Pick<NextStepDeps, 'swap' | 'removeHoldMs'>) => ({
  now: deps.swap.clock.now(),
  removeHoldMs: deps.removeHoldMs,
});

/** What to do with it next; that it is blocked is said and not done. */
export function nextStep(
  deps: NextStepDeps,
  actor: Actor,
  look: { observation: Observation; frozen: boolean },
): Step | null {
  const { stateOf } = deps.secrets;
  const emit = (fact: AgentFact) => deps.swap.emit(actor.id, fact);
  const version = actor.desired?.kind === 'valid' ? actor.desired.version : actor.session.stored.running;
  if (version) recordSecrets(actor, stateOf(version), emit);
  const hold = holdOf(deps, actor);
  recordHold(actor, hold, { at: deps.swap.clock.timestamp(), emit });
  const view = viewOf(actor, inputsOf(deps, actor, look));
  recordBehind(actor, whyBehind(view, timesOf(deps)), emit);
  const step = planAgent(view, timesOf(deps));
  recordBlocked(actor, step?.kind === 'block' ? step.because : null, emit);
  excuseWait(actor, step);
  return step?.kind === 'block' ? null : step;
}
