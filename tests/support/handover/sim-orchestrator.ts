/**
 * The orchestrator's half in a simulation: swaps without end, and the rows of BUS.md's fault table. It knows only
 * what it has heard and what it has been told of deaths.
 */
import type { Random } from './random.ts';
import type { SimBus } from './sim-bus.ts';
import { SimInstance } from './sim-instance.ts';

type Role = 'candidate' | 'owner' | 'draining' | 'spare' | 'leaving';

export interface SimMember {
  readonly instance: SimInstance;
  role: Role;
  marked: boolean;
  complete: boolean;
  cancelling: boolean;
}

export class SimOrchestrator {
  readonly members = new Map<number, SimMember>();
  readonly abandoned: string[] = [];
  swaps = 0;
  deaths = 0;
  cancels = 0;
  readonly #bus: SimBus;
  readonly #random: Random;
  readonly #options: { followers: number; swaps: number };
  /** In the order in which they are noticed. */
  readonly #dead: SimMember[] = [];
  #inst = 0;
  #term = 0;
  #ids = 0;

  /** @param options followers: candidates that are kept beside the owner; swaps: chance of a cut to a complete one */
  constructor(bus: SimBus, random: Random, options: { followers: number; swaps: number }) {
    this.#bus = bus;
    this.#random = random;
    this.#options = options;
    bus.listen((channel, text) => this.#onHeard(channel, text));
    const first = this.#launch();
    this.#mark(first, first);
    first.instance.feed({ type: 'setup_done' });
  }

  alive(): SimMember[] {
    return [...this.members.values()].filter(({ instance }) => instance.alive);
  }

  with(role: Role): SimMember | undefined {
    return [...this.members.values()].find((member) => member.role === role);
  }

  /** May it die without a loss that nobody promised to prevent? */
  canDie(member: SimMember): boolean {
    return member.instance.alive && this.heirs().some((other) => other !== member);
  }

  /** Who could take over, the owner included. */
  heirs(): SimMember[] {
    return this.alive().filter(({ complete, cancelling }) => complete && !cancelling);
  }

  kill(member: SimMember): void {
    member.instance.alive = false;
    this.deaths += 1;
    this.#dead.push(member);
  }

  /** Does one thing that is due, or begins something. `calm`: nothing new begins. */
  act(calm: boolean): void {
    if (this.#dead.length > 0 && this.#random.chance(0.3)) this.#lose(this.#dead.shift());
    else this.#goOn(calm);
  }

  #goOn(calm: boolean): void {
    const owner = this.with('owner');
    const candidates = [...this.members.values()].filter(({ role }) => role === 'candidate');
    const candidate = this.#random.pick(candidates);
    if (!owner) {
      if (candidate?.complete) this.#cut(candidate, []);
      return;
    }
    const draining = this.with('draining');
    if (draining) {
      this.#draining(draining, owner);
      return;
    }
    if (!calm && candidates.length < this.#options.followers && this.#random.chance(0.2)) this.#launch();
    const spare = this.with('spare');
    if (spare && owner.instance.alive && this.#random.chance(0.01)) this.#retire(spare);
    else if (candidate) this.#verify(candidate, owner);
  }

  get isQuiet(): boolean {
    return this.#dead.length === 0 && !this.with('draining');
  }

  #launch(): SimMember {
    this.#inst += 1;
    const instance = new SimInstance(this.#bus, this.#inst, this.#random);
    const member: SimMember = { instance, role: 'candidate', marked: false, complete: false, cancelling: false };
    this.members.set(instance.inst, member);
    return member;
  }

  #control(message: object): void {
    this.#bus.publish('ctl:electra', JSON.stringify(message));
  }

  #newId(): string {
    this.#ids += 1;
    return `x${this.#ids}`;
  }

  #mark(member: SimMember, owner: SimMember): void {
    member.marked = true;
    this.#control({ type: 'mark', id: this.#newId(), owner: owner.instance.inst });
  }

  #verify(candidate: SimMember, owner: SimMember): void {
    if (!candidate.marked && owner.instance.alive) this.#mark(candidate, owner);
    if (this.#random.chance(0.2)) candidate.instance.feed({ type: 'setup_done' });
    if (!candidate.complete || !this.#random.chance(this.#options.swaps)) return;
    const spare = this.with('spare');
    owner.role = 'draining';
    this.swaps += 1;
    this.#cut(candidate, []);
    if (spare && candidate.instance.alive) this.#retire(spare);
  }

  #draining(draining: SimMember, owner: SimMember): void {
    const { instance } = draining;
    if (draining.cancelling || !owner.instance.alive || !this.#random.chance(0.004)) return;
    draining.cancelling = true;
    this.cancels += 1;
    this.#control({ type: 'cancel', inst: instance.inst });
  }

  #cut(to: SimMember, dead: SimMember[]): void {
    this.#term += 1;
    to.role = 'owner';
    const adopt = dead.map(({ instance }) => instance.inst);
    for (const inst of adopt) this.#bus.fence(inst);
    const conns = Object.fromEntries([...this.members.keys()].map((inst) => [inst, `c${inst}`]));
    this.#control({ type: 'cut', id: this.#newId(), term: this.#term, to: to.instance.inst, adopt, conns });
  }

  #adopt(from: SimMember): void {
    const to = this.with('owner');
    if (to) this.#control({ type: 'adopt', id: this.#newId(), to: to.instance.inst, from: [from.instance.inst] });
  }

  #retire(member: SimMember): void {
    const { inst } = member.instance;
    member.role = 'leaving';
    this.members.delete(inst);
    this.#control({ type: 'retire', inst, window: this.members.size > 1 ? 'open' : 'closed' });
  }

  #lose(dead: SimMember | undefined): void {
    if (!dead || !this.members.delete(dead.instance.inst)) return;
    const { inst } = dead.instance;
    if (dead.role === 'owner') {
      const heir = ['draining', 'spare', 'candidate'].flatMap((role) => this.#completeWith(role as Role))[0];
      if (!heir) throw new Error('the simulation killed the last one');
      this.#cut(heir, [dead]);
    } else {
      this.#bus.fence(inst);
      if (dead.role === 'draining') this.#adopt(dead);
    }
    this.#control({ type: 'retire', inst, window: this.members.size > 1 ? 'open' : 'closed' });
  }

  #completeWith(role: Role): SimMember[] {
    return [...this.members.values()].filter(
      (member) => member.role === role && member.complete && !member.cancelling && !this.#dead.includes(member),
    );
  }

  #onHeard(channel: string, text: string): void {
    const [kind, , inst] = channel.split(':');
    const member = kind === 'st' ? this.members.get(Number(inst)) : undefined;
    const message = JSON.parse(text);
    if (message.type === 'abandoned') this.abandoned.push(...message.ids);
    if (!member) return;
    if (message.type === 'standby') member.complete = true;
    const isOfThisCut = message.term === this.#term; // one that was cut back may have said it of the cut before
    if (message.type === 'drained' && member.role === 'draining' && isOfThisCut) member.role = 'spare';
    if (message.type === 'cancelled' && member.role === 'draining') {
      this.#adopt(member);
      this.#retire(member);
    }
  }
}
