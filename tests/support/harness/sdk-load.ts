/** Four senders that go on over cuts. Each has a few messages under way at most, so that no machine is too slow for them. */
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import type { Fields, SdkRig } from './sdk-rig.ts';

const NAMES = ['bob', 'carol', 'dave', 'erin'];
const MOST_UNDER_WAY = 20;
const PACE_MS = 4;

export interface Sender {
  name: string;
  /** Ids of its messages. */
  sent: string[];
  /** What came back, in order; `of` is the id of its message. */
  answers: Fields[];
}

/** @returns a function that ends it: what was sent and answered, once all is answered */
export async function startLoad(rig: SdkRig, t: TestContext, payload: Fields): Promise<() => Promise<Sender[]>> {
  const senders = NAMES.map((name): Sender => ({ name, sent: [], answers: [] }));
  await rig.listenTo(NAMES);
  let [isOn, heard] = [true, rig.heard.length];
  t.after(() => {
    isOn = false; // a test that failed leaves none to the next
  });
  const count = () => {
    for (const { channel, message } of rig.heard.slice(heard)) {
      const sender = senders.find(({ name }) => channel === `agent:${name}:probe`);
      const answer = message.payload as Fields | undefined;
      if (answer?.of) sender?.answers.push(answer);
    }
    heard = rig.heard.length;
  };
  const sending = senders.map(async ({ name, sent, answers }) => {
    for (; isOn; await sleep(PACE_MS)) {
      count();
      if (sent.length - answers.length >= MOST_UNDER_WAY) continue;
      const id = `${name}-${sent.length}-${randomUUID().slice(0, 8)}`;
      await rig.send({ id, from: name, payload: { ...payload, ms: sent.length % 5 } });
      sent.push(id);
    }
  });
  return async () => {
    isOn = false;
    await Promise.all(sending);
    await eventually('all are answered', () => {
      count();
      return senders.every(({ sent, answers }) => answers.length >= sent.length);
    });
    return senders;
  };
}
