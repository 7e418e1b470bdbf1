/** The databases of the store: one process each, when it is asked for and until it is idle, so many at once. */
import { randomUUID } from 'node:crypto';
import { HairemError } from '../domain/errors/errors.ts';
import {
  type CallHead,
  type DatabaseName,
  ownerOf,
  type StoreDeath,
  type StoreStatus,
  type StoreTrouble,
} from '../domain/messages/store-call.ts';
import type { Log } from '../domain/ports/log.ts';
import type { RunningLog } from '../domain/ports/running.ts';
import { DatabaseProcess, type Spawn } from './database-process.ts';
import { type Answer, failed } from './failed-calls.ts';
import { createQuotas } from './quotas.ts';

export interface SupervisorOptions {
  spawn: Spawn;
  running: RunningLog;
  /** Processes of agents' databases at once; our own is beside them. */
  most: number;
  /** Bytes of a database on disk. */
  sizeOf(database: DatabaseName): Promise<number>;
  now(): number;
  log: Log;
  onStatus(status: StoreStatus): void;
}

export interface Supervisor {
  /** Never rejects. */
  call(head: CallHead, body: Buffer): Promise<Answer>;
  status(): StoreStatus;
  /** Ends what is idle, kills what answers nothing; called every second. */
  look(): void;
  /** Resolves when all processes have ended. */
  close(): Promise<void>;
}

/** A process without a call is ended; starting it again takes 0.2 s. */
const IDLE_MS = 60_000;
/** As long as a death is told to who connects. */
const DEATH_TOLD_MS = 60_000;
const MOST_DEATHS_TOLD = 20;
/** For a turn, while all processes are at work. */
const PATIENCE_MS = 30_000;

interface Waiting {
  until: number;
  go(): void;
  giveUp(error: HairemError): void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { spawn, running, most, now, log, onStatus } = options;
  const databases = new Map<DatabaseName, DatabaseProcess>();
  const troubles = new Map<DatabaseName, StoreTrouble>();
  const queue: Waiting[] = [];
  let taken = 0;
  let deaths: (StoreDeath & { at: number })[] = [];
  const status = (): StoreStatus => ({
    type: 'status',
    troubles: [...troubles.values()],
    deaths: deaths.filter(({ at }) => now() - at < DEATH_TOLD_MS).map(({ at: _, ...death }) => death),
    sizes: quotas.sizes(),
  });
  const quotas = createQuotas({ ...options, onChange: () => onStatus(status()) });

  const giveBack = () => {
    const next = queue.shift();
    if (next) next.go();
    else taken -= 1;
  };
  /** Whoever waits gets the place of one that has nothing to do. */
  const makeRoom = () => {
    const idle = [...databases.entries()]
      .filter(([name, one]) => ownerOf(name) !== null && one.hasProcess && one.isIdle)
      .sort(([, one], [, other]) => one.usedAt - other.usedAt);
    for (const [, one] of idle.slice(0, queue.length)) one.rest();
  };
  const turn = async (name: DatabaseName): Promise<() => void> => {
    if (ownerOf(name) === null) return () => {};
    if (taken < most) taken += 1;
    else {
      const until = now() + PATIENCE_MS;
      const waiting = new Promise<void>((go, giveUp) => void queue.push({ until, go, giveUp }));
      makeRoom();
      await waiting;
    }
    return giveBack;
  };
  const open = (name: DatabaseName) => {
    const onTrouble = (trouble: StoreTrouble | null) => {
      if (trouble) troubles.set(name, trouble);
      else troubles.delete(name);
      onStatus(status());
    };
    const onDeath = (message: string) => {
      deaths = [...deaths, { id: randomUUID(), database: name, message, at: now() }].slice(-MOST_DEATHS_TOLD);
      onStatus(status());
    };
    const made = new DatabaseProcess({ name, spawn, running, now, log, onDeath, onTrouble, turn: () => turn(name) });
    databases.set(name, made);
    return made;
  };
  return {
    async call(head, body) {
      const full = await quotas.refusal(head);
      if (full) return failed(head.id, full);
      const answer = await (databases.get(head.database) ?? open(head.database)).call(head, body);
      if (queue.length > 0) makeRoom();
      return answer;
    },
    status,
    look() {
      for (const [name, one] of databases) {
        one.checkDeadlines();
        if (one.hasProcess) void quotas.look(name);
        if (one.hasProcess && one.isIdle && now() - one.usedAt > IDLE_MS) one.rest();
      }
      while ((queue[0]?.until ?? Number.POSITIVE_INFINITY) <= now()) queue.shift()?.giveUp(tooMany(most));
      if (queue.length > 0) makeRoom();
    },
    async close() {
      await Promise.all([...databases.values()].map((one) => one.close()));
    },
  };
}

const tooMany = (most: number) =>
  new HairemError('busy', `${most} databases are at work at once, and none of them has ended: ask again later`);
