/** What an instance says by itself: an owner that comes back on another connection ends the proof that it may have missed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { StatusMessage } from '../../../orchestrator/src/domain/messages/control.ts';
import { NEW_STORED_AGENT } from '../../../orchestrator/src/domain/stored-agent.ts';
import type { RolloutDeps } from '../../../orchestrator/src/rollout/deps.ts';
import { listen } from '../../../orchestrator/src/rollout/instances/status-events.ts';
import { newSession } from '../../../orchestrator/src/rollout/session.ts';
import { aMember } from '../../support/builders/a-member.ts';

function rig() {
  const session = newSession('echo', { ...NEW_STORED_AGENT, term: 3 });
  const members = [aMember(1, 'owner'), aMember(2, 'candidate', false), aMember(3, 'spare')] as const;
  for (const member of members) session.members.set(member.inst, member);
  const said: object[] = [];
  let hear: (agent: string, message: StatusMessage) => void = () => {};
  const deps = {
    clock: { now: () => 0 },
    bus: { publish: async (_channel: string, message: object) => said.push(message) },
    statusInbox: {
      listen: (listener: typeof hear) => {
        hear = listener;
      },
    },
    onError: () => {},
  } as unknown as RolloutDeps;
  listen(deps, { get: () => session });
  const hello = (inst: number, state: 'ACTIVE' | 'CONNECTED') =>
    hear('echo', { type: 'hello', inst, term: 3, state, conn: `conn ${inst}` } as StatusMessage);
  return { members, said, hello };
}

test('the owner is resumed, and who is being proved is begun anew', () => {
  const { members, said, hello } = rig();
  hello(1, 'ACTIVE');
  assert.deepEqual(said, [{ type: 'resume', inst: 1, term: 3, owner: 1 }]);
  const [owner, candidate, spare] = members.map(({ gone }) => gone.signal);
  assert.ok(candidate?.reason instanceof HairemError);
  // Neither condemned nor counted as a failure.
  assert.equal(candidate.reason.code, 'conflict');
  assert.deepEqual([owner?.aborted, spare?.aborted], [false, false]);
});

test('the first word of a candidate ends nothing', () => {
  const { members, said, hello } = rig();
  hello(2, 'CONNECTED');
  assert.deepEqual(said, []);
  assert.ok(members.every(({ gone }) => !gone.signal.aborted));
});
