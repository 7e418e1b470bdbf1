/**
 * Random events of one instance in an order that no real bus would give: what the rules say of cases that nobody
 * thought of must be the same in every SDK.
 */
import type { WrittenEvent } from './play-case.ts';
import { type Random, seeded } from './random.ts';

const INSTANCES = [1, 2, 3];
const SENDERS = ['bob', 'carol', 'electra', 'orchestrator', 'user'];

export function wildHistory(seed: number, length: number): WrittenEvent[] {
  const random = seeded(seed);
  const world = { random, bases: ['m0'], messages: ['x'], term: 0, ordinal: 0 };
  const opening: WrittenEvent[] = [{ type: 'mark', id: 'm0', owner: inst(random) }, { type: 'setup_done' }];
  return [...opening, ...Array.from({ length }, () => wild(world))];
}

interface World {
  random: Random;
  bases: string[];
  messages: string[];
  term: number;
  ordinal: number;
}

const inst = (random: Random) => random.pick(INSTANCES) ?? 1;
const below = (random: Random, bound: number) => Math.floor(random.next() * bound);

function wild(world: World): WrittenEvent {
  const { random } = world;
  const dice = random.next();
  if (dice < 0.45) return delivery(world);
  if (dice < 0.65) return { type: 'finished', ordinal: below(random, world.ordinal + 2) };
  if (dice < 0.75) return watermark(world);
  if (dice < 0.85) return { type: 'tick' };
  return rare(world);
}

function delivery(world: World): WrittenEvent {
  const { random, messages } = world;
  world.ordinal += 1;
  const from = random.pick(SENDERS) ?? 'bob';
  const channel = random.chance(0.2) ? `broadcast:${from}` : `agent:electra:${from}`;
  if (random.chance(0.03)) return { type: 'delivered', channel, text: '{"id": NaN}' };
  const id = `${from}${world.ordinal}`;
  messages.push(id);
  const chain = random.chance(0.3) ? [random.pick(messages) ?? id] : [];
  const correlation_id = random.chance(0.05) ? `${inst(random)}.ask-${world.ordinal}` : null;
  const payload =
    random.chance(0.3) && from === 'orchestrator' ? { nonce: id } : { text: 'é🦊'.repeat(below(random, 4)) };
  return { type: 'delivered', channel, message: { id, payload, metadata: { chain, correlation_id } } };
}

function watermark({ random, bases, ordinal }: World): WrittenEvent {
  const some = () => Array.from({ length: below(random, 4) }, () => below(random, ordinal + 2) - 2);
  const base = random.pick(bases) ?? 'm0';
  return {
    type: 'watermark',
    inst: inst(random),
    base,
    low: below(random, ordinal + 2) - 2,
    done: some(),
    trying: some(),
  };
}

function rare(world: World): WrittenEvent {
  const { random } = world;
  const kinds = ['cut', 'cut', 'cut', 'mark', 'adopt', 'cancel', 'cancelled', 'resume', 'verified'];
  const rarest = ['retire', 'lost', 'reconnected', 'tasks_stopped', 'tasks_stopped', 'stop', 'setup_done'];
  const picked = random.pick([...kinds, ...rarest]) ?? 'tick';
  const type = picked === 'lost' && random.chance(0.8) ? 'tick' : picked; // mostly it ends the history
  const id = `k${world.bases.length}`;
  if (type === 'cut') return cut(world, id);
  if (['mark', 'adopt'].includes(type)) world.bases.push(id);
  const epoch = below(random, 4);
  const window = random.chance(0.8) ? 'closed' : 'open';
  const number = type === 'retire' || type === 'stop' ? 1 + below(random, 20) : inst(random);
  const to = { to: inst(random), from: [inst(random)] };
  return { type, id, inst: number, owner: inst(random), term: world.term, window, epoch, conn: 'c1', at: 't', ...to };
}

function cut(world: World, id: string): WrittenEvent {
  const { random, bases } = world;
  world.term += random.chance(0.8) ? 1 : 0;
  const again = random.chance(0.1);
  if (!again) bases.push(id);
  const conns = random.chance(0.9) ? { 1: 'c1' } : { 1: 'c9', 2: 'c2' };
  const adopt = random.chance(0.5) ? [inst(random)] : [];
  return { type: 'cut', id: again ? (bases.at(-1) ?? id) : id, term: world.term, to: inst(random), adopt, conns };
}
