/** A plan as text, for logs, the API and tests: one line a step. */
import type { Behind, BehindKind } from '../domain/behind.ts';
import type { Planned } from './step.ts';

export function renderStep(step: Planned): string {
  return `${step.agent}: ${whatOf(step)}, because ${step.because}`;
}

function whatOf(step: Planned): string {
  switch (step.kind) {
    case 'build':
    case 'block':
    case 'start':
    case 'configure':
    case 'attach':
      return `${step.kind} ${step.version.hash.slice(0, 12)}`;
    case 'swap':
    case 'replace':
      return `${step.kind} to ${step.version.hash.slice(0, 12)} (${step.lane} lane)`;
    case 'adopt':
    case 'remove':
      return `${step.kind} ${step.containers.map((c) => c.name).join(' ')}`;
    case 'forget':
    case 'prune':
      return `${step.kind} ${[...step.images, ...step.networks].join(' ')}`;
    case 'stop':
      return `stop (${step.status})`;
    case 'retire':
      return 'retire the spare';
  }
}

const WHAT_STANDS: Readonly<Record<BehindKind, string>> = {
  invalid: 'its folder is invalid and is not taken',
  settling: 'its folder is not taken yet',
  held: '', // it says itself that it waits
  blocked: 'its folder is not taken yet',
  condemned: 'its folder is not taken',
  failed: 'its folder is not taken yet',
  rolled_back: 'its folder is not taken',
  gone: 'there is nothing to take',
};

/** What stands between what runs and what the folder asks for. */
export function renderBehind({ kind, because }: Behind): string {
  const what = WHAT_STANDS[kind];
  return what === '' ? because : `${what}: ${because}`;
}
