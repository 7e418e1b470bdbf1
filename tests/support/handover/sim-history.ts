/**
 * One random history of an agent that is swapped again and again while messages come in and instances die, and its
 * account: what was owed, against the effects in the order in which Redis saw them.
 */
import { type Random, seeded } from './random.ts';
import { type OnStep, SimBus } from './sim-bus.ts';
import { SimOrchestrator } from './sim-orchestrator.ts';

export interface HistoryOptions {
  seed: number;
  messages: number;
  /** Chance of a random death per step. */
  deaths: number;
  /** Share of messages that kill whoever runs them. */
  poison: number;
  /** Share of messages whose handler asks their sender, who asks back before it answers. */
  asks: number;
  /** Candidates beside the owner; a poison message needs three, one for each death. */
  followers: number;
  /** Chance of a swap whenever one is possible. */
  swaps: number;
  /** Share of messages whose handler takes very long, unless it is cancelled. */
  stuck: number;
  /** Hears every step of every instance's state machine, at once. */
  onStep?: OnStep;
}

export interface Account {
  owed: number;
  lost: string[];
  /** A second effect that is not flagged. */
  duplicated: string[];
  /** The first effect of a message came behind that of a later one of the same sender. */
  reordered: string[];
  abandonedInnocent: string[];
  abandoned: number;
  redelivered: number;
  swaps: number;
  deaths: number;
  cancels: number;
}

const SENDERS = ['bob', 'carol', 'dave', 'user'];
const MOST_STEPS = 400_000;

class History {
  readonly options: HistoryOptions;
  readonly random: Random;
  readonly bus = new SimBus();
  readonly orchestrator: SimOrchestrator;
  readonly owed = new Map<string, { sender: string; seq: number; poison: boolean }>();
  readonly effects: { of: string; redelivered: boolean }[] = [];
  /** Nested message -> the ask that waits for its effect. */
  readonly #nested = new Map<string, { ask: string; sender: string }>();
  readonly #seqs = new Map<string, number>();
  #sent = 0;

  constructor(options: HistoryOptions) {
    this.options = options;
    this.random = seeded(options.seed);
    this.bus.onStep = options.onStep ?? this.bus.onStep;
    this.bus.listen((channel, text) => this.#onHeard(channel, text));
    this.orchestrator = new SimOrchestrator(this.bus, this.random, options);
  }

  run(): void {
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const calm = this.#sent >= this.options.messages;
      if (calm && this.#isOver()) return;
      this.#step(calm);
    }
  }

  #step(calm: boolean): void {
    const { random, orchestrator, options } = this;
    if (!calm && random.chance(0.05) && orchestrator.with('owner')) this.#send();
    if (random.chance(0.1)) orchestrator.act(calm);
    if (random.chance(0.05)) random.pick(orchestrator.alive())?.instance.feed({ type: 'tick' });
    const members = orchestrator.alive();
    for (const member of members)
      if (member.instance.poisoned && orchestrator.canDie(member)) orchestrator.kill(member);
    const victim = !calm && random.chance(options.deaths) ? random.pick(members) : undefined;
    if (victim && orchestrator.canDie(victim) && !victim.instance.runsSuspect) orchestrator.kill(victim);
    random.pick([...orchestrator.members.values()])?.instance.move()?.();
  }

  /** Nothing is under way any more. */
  #isOver(): boolean {
    const members = this.orchestrator.alive();
    const idle = members.every(({ instance }) => instance.state.log.own.size === 0 && instance.move() === null);
    return idle && this.orchestrator.isQuiet;
  }

  #send(): void {
    const { random, options } = this;
    const sender = random.pick(SENDERS) ?? 'bob';
    const seq = (this.#seqs.get(sender) ?? 0) + 1;
    this.#seqs.set(sender, seq);
    this.#sent += 1;
    const isSafe = this.orchestrator.heirs().length > 3 && !this.orchestrator.with('draining') && this.#poisons() === 0;
    const poison = isSafe && random.chance(options.poison);
    const payload = { seq, poison, asks: random.chance(options.asks), stuck: random.chance(options.stuck) };
    this.owed.set(`${sender}#${seq}`, { sender, seq, poison });
    const channel = random.chance(0.1) ? `broadcast:${sender}` : `agent:electra:${sender}`;
    this.#publish(channel, { id: `${sender}#${seq}`, sender, payload, metadata: {} });
  }

  /** Poison messages that still work. */
  #poisons(): number {
    const over = new Set(this.orchestrator.abandoned);
    return [...this.owed].filter(([id, { poison }]) => poison && !over.has(id)).length;
  }

  #publish(
    channel: string,
    { id, sender, payload, metadata }: { id: string; sender: string; payload: object; metadata: object },
  ): void {
    const envelope = {
      id,
      timestamp: '2026-01-01T00:00:00Z',
      type: 'user_message',
      sender: { agent_id: sender },
      recipient: { target: 'electra' },
      payload,
      metadata,
    };
    this.bus.publish(channel, JSON.stringify(envelope));
  }

  #onHeard(channel: string, text: string): void {
    const [kind, target, from] = channel.split(':');
    if (kind !== 'agent' || from !== 'electra' || !target) return;
    const message = JSON.parse(text);
    if (message.ask) this.#askBack(target, message);
    if (!message.of) return;
    this.effects.push(message);
    const nested = this.#nested.get(message.of);
    if (nested) this.#answer(nested);
  }

  /** Before a peer answers, it asks something itself: a message that must not wait for the one that asks. */
  #askBack(sender: string, { ask, chain, redelivered }: { ask: string; chain: string[]; redelivered: boolean }): void {
    const id = `nested-${ask}`;
    this.#nested.set(id, { ask, sender });
    this.#publish(`agent:electra:${sender}`, {
      id,
      sender,
      payload: {},
      metadata: { chain: [...chain, ask], redelivered },
    });
  }

  #answer({ ask, sender }: { ask: string; sender: string }): void {
    const id = `answer-${ask}-${this.effects.length}`;
    this.#publish(`agent:electra:${sender}`, { id, sender, payload: {}, metadata: { correlation_id: ask } });
  }
}

export function runHistory(options: HistoryOptions): Account {
  const history = new History(options);
  history.run();
  const { orchestrator, owed, effects } = history;
  const abandoned = new Set(orchestrator.abandoned);
  const firsts = new Set(effects.map(({ of }) => of));
  return {
    owed: owed.size,
    lost: [...owed.keys()].filter((id) => !firsts.has(id) && !abandoned.has(id)),
    duplicated: duplicates(effects),
    reordered: reordered(effects, owed),
    abandonedInnocent: [...abandoned].filter((id) => !owed.get(id)?.poison),
    abandoned: abandoned.size,
    redelivered: effects.filter((effect) => effect.redelivered).length,
    swaps: orchestrator.swaps,
    deaths: orchestrator.deaths,
    cancels: orchestrator.cancels,
  };
}

function duplicates(effects: History['effects']): string[] {
  const seen = new Set<string>();
  return effects.flatMap(({ of, redelivered }) => {
    const again = seen.has(of) && !redelivered;
    seen.add(of);
    return again ? [of] : [];
  });
}

function reordered(effects: History['effects'], owed: History['owed']): string[] {
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  return effects.flatMap(({ of }) => {
    const message = owed.get(of);
    if (!message || seen.has(of)) return [];
    seen.add(of);
    const behind = message.seq < (newest.get(message.sender) ?? 0);
    newest.set(message.sender, Math.max(message.seq, newest.get(message.sender) ?? 0));
    return behind ? [of] : [];
  });
}
