/** Why what runs is not what the folder asks for: one row a reason, and none where nothing is amiss. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEHIND_KINDS, type BehindKind } from '../../../orchestrator/src/domain/behind.ts';
import type { AgentView } from '../../../orchestrator/src/plan/agent-view.ts';
import { whyBehind } from '../../../orchestrator/src/plan/why-behind.ts';
import { PROBLEM } from '../../support/builders/registry-events.ts';
import { nothing, running, valid, version } from './views.ts';

const a = version('a');
const b = version('b');
const NOW = { now: 100_000 };
const wanting = (change: Partial<AgentView> = {}) => ({ ...running(a), desired: valid(b), ...change });
const missing = { hash: '', secrets: [], missing: ['the secret PIN is missing: looked for X'], notes: [] };
const stored = (change: Partial<AgentView['stored']>) => ({ ...running(a).stored, ...change });

const BEHIND: Readonly<Record<BehindKind, [AgentView, RegExp]>> = {
  invalid: [
    wanting({ desired: { kind: 'invalid', id: 'echo', folder: 'echo', problems: [PROBLEM, PROBLEM] } }),
    /^manifest\.yaml:3:5 resources\.memory: expected a size like 256m \(and 1 more\)$/,
  ],
  settling: [wanting({ settlingSince: NOW.now - 20_000 }), /changing for over 20 s.*\.hairemignore/],
  held: [wanting({ hold: { version: b.hash, because: 'waits for your word: x' } }), /^waits for your word: x$/],
  blocked: [wanting({ secrets: new Map([[b.hash, missing]]) }), /^the secret PIN is missing: looked for X$/],
  condemned: [
    wanting({ stored: stored({ condemned: { hash: b.hash, because: 'it crashed' } }) }),
    /^it crashed; it is not tried again .*hairem reload echo/,
  ],
  failed: [wanting({ failure: 'build failed: no such package' }), /^build failed: no such package$/],
  rolled_back: [
    wanting({ stored: stored({ intent: { kind: 'rollback', from: b.hash, to: a } }) }),
    /^a user went back to hash-a, until/,
  ],
  gone: [wanting({ desired: null, goneSince: 99_000 }), /^its folder is gone/],
};

for (const kind of BEHIND_KINDS) {
  test(`behind: ${kind}`, () => {
    const [view, because] = BEHIND[kind];
    const behind = whyBehind(view, NOW);
    assert.equal(behind?.kind, kind);
    assert.match(behind?.because ?? '', because);
  });
}

const LEVEL: Readonly<Record<string, AgentView>> = {
  'what is wanted runs': { ...running(a), desired: valid(a) },
  'an update is on its way': wanting(),
  'it is being written': wanting({ desired: { kind: 'settling', id: 'echo', folder: 'echo' } }),
  'it settles as usual': wanting({ settlingSince: NOW.now - 5_000 }),
  'a user stopped it': wanting({ stored: stored({ intent: { kind: 'stopped' } }), failure: 'build failed' }),
  'the manifest says enabled: false': wanting({ desired: valid(b, false) }),
  'nothing is there': nothing(),
  'the whole folder is gone': wanting({ desired: null, frozen: true }),
};

for (const [name, view] of Object.entries(LEVEL)) {
  test(`not behind: ${name}`, () => assert.equal(whyBehind(view, NOW), null));
}
