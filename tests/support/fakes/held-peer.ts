/** A peer on the bus that a test plays by hand: it sends, hears what is sent to it, and answers when the test says so. */
import { Redis } from 'ioredis';
import type { Message } from '../../../agent-base-image/typescript/src/message.ts';
import type { Installation } from '../installation/installation.ts';

export interface HeldPeer {
  readonly name: string;
  /** Everything heard so far, oldest first. */
  readonly heard: readonly Message[];
  send(target: string, payload: object): Promise<void>;
  /** Answers a command: `success`, with this result. */
  answer(command: Message, result: object): Promise<void>;
  /** The oldest that matches and was not taken before; waits for it. */
  take(what: string, matches: (message: Message) => boolean): Promise<Message>;
  close(): void;
}

const DEADLINE_MS = 30_000;

export async function holdPeer({ redis: place }: Installation, name: string): Promise<HeldPeer> {
  const redis = new Redis({
    host: place.host,
    port: place.port,
    ...place.peers,
    protocol: 3,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  const heard: Message[] = [];
  const taken = new Set<Message>();
  const wake = new Set<() => void>();
  redis.on('pmessage', (_pattern: string, channel: string, text: string) => {
    if (channel.split(':')[1] !== name) return;
    heard.push(JSON.parse(text));
    for (const look of wake) look();
  });
  await redis.psubscribe('agent:peer-*:*');
  let count = 0;
  const say = async (target: string, about: { type: string; payload: object; correlation: string | null }) => {
    count += 1;
    await redis.publish(`agent:${target}:${name}`, JSON.stringify(envelope({ name, target, count, ...about })));
  };
  return {
    name,
    heard,
    send: (target, payload) => say(target, { type: 'narrative.text', payload, correlation: null }),
    answer: ({ id, sender }, result) =>
      say(sender.agent_id, {
        type: 'expert.response',
        payload: { status: 'success', result, error: null },
        correlation: id,
      }),
    take: (what, matches) =>
      new Promise((resolve, reject) => {
        const tooLate = setTimeout(() => {
          wake.delete(look);
          reject(new Error(`${name} did not hear ${what} in ${DEADLINE_MS / 1000} s: ${JSON.stringify(heard)}`));
        }, DEADLINE_MS);
        const look = () => {
          const found = heard.find((message) => !taken.has(message) && matches(message));
          if (!found) return;
          taken.add(found);
          wake.delete(look);
          clearTimeout(tooLate);
          resolve(found);
        };
        wake.add(look);
        look();
      }),
    close: () => redis.disconnect(),
  };
}

interface Words {
  name: string;
  target: string;
  count: number;
  type: string;
  payload: object;
  correlation: string | null;
}

function envelope({ name, target, count, type, payload, correlation }: Words): object {
  return {
    id: `${name}-${count}`,
    timestamp: new Date().toISOString(),
    type,
    sender: { agent_id: name, role: 'peer' },
    recipient: { target, room: null },
    payload,
    metadata: { priority: 'normal', correlation_id: correlation, ttl: 5, chain: [], redelivered: false },
  };
}
