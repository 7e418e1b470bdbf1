/**
 * A crew of both languages that ask, command and tell each other, while both kinds are swapped, reverted and killed:
 * nothing is lost, doubled or reordered, and a question that is out during a cut is answered once.
 */
import assert from 'node:assert/strict';
import type { Message } from '../../agent-base-image/typescript/src/message.ts';
import { containerName } from '../../orchestrator/src/domain/labels.ts';
import { saveParrot, untilUpdated } from '../support/agents/crew.ts';
import { parrot, pythonParrot } from '../support/builders/bundles.ts';
import { type HeldPeer, holdPeer } from '../support/fakes/held-peer.ts';
import { inspect, killNow } from '../support/host/engine.ts';
import type { Installation } from '../support/installation/installation.ts';
import { onInstallation, say } from '../support/installation/scenario.ts';
import { faultRotation } from '../support/load/fault-rotation.ts';
import { underLoad } from '../support/load/load.ts';
import { assertLossless, swapInARow } from '../support/load/lossless.ts';

/** Of each kind. */
const SWAPS = Number(process.env.HAIREM_TEST_MIXED_SWAPS ?? 6);
const FAULTS = Math.max(5, Math.ceil(SWAPS / 2));
const WINDOW_SECONDS = 2;
/** Held before the cut, so that a question can be sent when the new instance is ready (BUS.md, rule 5). */
const LONG_WINDOW = { update: { monitor_seconds: 30, drain_seconds: 30, min_healthy_seconds: 1 } };
const SHORT_WINDOW = { update: { monitor_seconds: WINDOW_SECONDS } };
const CREW = ['ada', 'bob', 'cyd', 'dee'];
const LOAD = { agents: CREW, rate: 80, publishers: 2, senders: 6, errandShare: 0.7, broadcastShare: 0.05 };

const scenario = onInstallation({
  agents: {
    ada: parrot({ mark: 'v0' }, SHORT_WINDOW),
    bob: pythonParrot({ mark: 'v0' }, SHORT_WINDOW),
    cyd: parrot({ mark: 'v0' }, LONG_WINDOW),
    dee: pythonParrot({ mark: 'v0' }, LONG_WINDOW),
  },
  env: { HAIREM_BACKOFF_BASE_MS: '600000' },
});

scenario(`${SWAPS} swaps of each kind at once lose, double and reorder nothing`, async (installation) => {
  await installation.untilActive(CREW, 240_000);
  const { report } = await underLoad(installation, LOAD, () =>
    Promise.all(['ada', 'bob'].map((id) => swapInARow(installation, { id, count: SWAPS }))),
  );
  say(`2 × ${SWAPS} swaps: ${JSON.stringify({ ...report, times: undefined })}`);
  assertLossless(report);
  assert.equal(report.redelivered, 0);
});

scenario(`${FAULTS} deaths of each kind lose nothing`, async (installation) => {
  const about = { count: FAULTS, windowMs: WINDOW_SECONDS * 1000, mark: `v${SWAPS}` };
  const { result, report } = await underLoad(installation, LOAD, () =>
    Promise.all(['ada', 'bob'].map((id) => faultRotation(installation, { id, ...about }))),
  );
  say(`${JSON.stringify(result.map(({ done }) => done))}: ${JSON.stringify({ ...report, times: undefined })}`);
  assertLossless(report);
});

for (const [asker, answerer] of [
  ['cyd', 'dee'],
  ['dee', 'cyd'],
] as const) {
  const languages = asker === 'cyd' ? 'TypeScript asks Python' : 'Python asks TypeScript';
  const stream = `${asker}>${answerer}`;

  for (const [who, id] of [
    ['asker', asker],
    ['answerer', answerer],
  ] as const) {
    scenario(`${languages}: the ${who} is swapped while the question is out, and it is answered once`, (installation) =>
      withPeer(installation, async (peer) => {
        const about = { stream: `${stream} ${who} swapped`, answerer, peer };
        await swapMeanwhile(installation, id, {
          mark: about.stream,
          act: () => peer.send(asker, errand(about)).then(() => questionTo(peer)),
          release: (question) => peer.answer(question, resultOf(question)),
        });
        const said = await untilSettled(peer, { stream: `${stream} ${who} swapped`, asker });
        assert.deepEqual(said, [{ seq: 1, again: false, wrong: false }]);
      }),
    );

    scenario(`${languages}: the ${who} dies while the question is out, and it is answered once`, (installation) =>
      withPeer(installation, async (peer) => {
        await peer.send(asker, errand({ stream: `${stream} ${who} dead`, answerer, peer }));
        const first = await questionTo(peer);
        await killOwner(installation, id);
        await peer.answer(first, resultOf(first));
        const second = await questionTo(peer);
        assert.equal(second.metadata.redelivered, true);
        await peer.answer(second, resultOf(second));
        const said = await untilSettled(peer, { stream: `${stream} ${who} dead`, asker });
        assert.deepEqual(said, [{ seq: 1, again: who === 'asker', wrong: false }]);
      }),
    );
  }
}

const PEER = 'peer-9-holds';

async function withPeer(installation: Installation, act: (peer: HeldPeer) => Promise<void>): Promise<void> {
  const peer = await holdPeer(installation, PEER);
  try {
    await act(peer);
  } finally {
    peer.close();
  }
}

/** The asker asks the answerer, and that one asks the peer: the question is out until the peer answers. */
const errand = ({ stream, answerer, peer }: { stream: string; answerer: string; peer: HeldPeer }) => ({
  stream,
  seq: 1,
  errand: { kind: 'ask', route: [answerer, peer.name] },
});

const questionTo = (peer: HeldPeer) => peer.take('the question', ({ type }) => type === 'expert.command');
const resultOf = ({ payload }: Message) => payload.args as object;

/** Swaps it: `act` runs when the new instance is ready, `release` when it has taken over and the old one drains. */
async function swapMeanwhile<T>(
  installation: Installation,
  id: string,
  { mark, act, release }: { mark: string; act: () => Promise<T>; release: (done: T) => Promise<void> },
): Promise<void> {
  const { api, bus } = installation;
  const { instance } = await api.agent(id);
  const says = (type: string) =>
    bus.next(
      `the new instance of ${id} says ${type}`,
      ({ agent, inst, message }) => agent === id && message.type === type && (inst ?? 0) > (instance ?? 0),
    );
  const [standby, active] = [says('standby'), says('active')];
  const { update } = await untilUpdated(installation, { id }, async () => {
    await saveParrot(installation, id, { mark });
    await standby;
    const done = await act();
    await active;
    await release(done);
  });
  assert.equal(update.result, 'ok', JSON.stringify(update));
}

/** It was swapped a moment ago, so its spare takes over. */
async function killOwner(installation: Installation, id: string): Promise<void> {
  const { update } = await untilUpdated(installation, { id }, async () => {
    const { instance } = await installation.api.agent(id);
    killNow((await inspect(containerName(installation.installId, id, instance ?? 0))).State.Pid);
  });
  assert.equal(update.result, 'reverted', JSON.stringify(update));
}

/** What the asker said to the errand, once it has answered a later message of the same sender too. */
async function untilSettled(peer: HeldPeer, { stream, asker }: { stream: string; asker: string }) {
  await peer.send(asker, { stream, seq: 2 });
  const isOf = (seq: number) => (message: Message) =>
    message.sender.agent_id === asker && message.payload.stream === stream && message.payload.seq === seq;
  await peer.take('the answer to the later message', isOf(2));
  return peer.heard.filter(isOf(1)).map(({ payload: { seq, again, wrong } }) => ({ seq, again, wrong }));
}
