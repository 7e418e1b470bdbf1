/**
 * One function per row of BUS.md's fault table that a swap can meet: saves a new version, lets one process die at
 * one moment, and waits until the orchestrator has dealt with it.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpdateReport } from '../../../orchestrator/src/domain/agent-record.ts';
import { containerName } from '../../../orchestrator/src/domain/labels.ts';
import { inspect, killNow } from '../host/engine.ts';
import type { Installation } from '../installation/installation.ts';
import type { Heard } from './bus-ear.ts';
import { saveParrot, untilUpdated } from './crew.ts';

export interface FaultContext {
  installation: Installation;
  id: string;
  /** Of the version to save. */
  mark: string;
  /** The monitor window of the agent, milliseconds. */
  windowMs: number;
}

export interface FaultResult {
  update: UpdateReport;
  /** Which version must act afterwards. */
  winner: 'old' | 'new';
}

type Fault = (context: FaultContext) => Promise<FaultResult>;

const pidOf = async (container: string) => (await inspect(container)).State.Pid;

const save = ({ installation, id, mark }: FaultContext) =>
  untilUpdated(installation, { id }, () => saveParrot(installation, id, { mark }));

/** The candidate of the save that follows: its number and its process. */
async function candidate({ installation, id }: FaultContext): Promise<{ inst: number; pid: number }> {
  const newest = installation.bus.heard.reduce((most, h) => (h.agent === id ? Math.max(most, h.inst ?? 0) : most), 0);
  const hello = await installation.bus.next(
    `hello of the candidate of ${id}`,
    (h) => isSaid(h, id, 'hello') && (h.inst ?? 0) > newest,
  );
  const inst = hello.inst ?? 0;
  return { inst, pid: await pidOf(containerName(installation.installId, id, inst)) };
}

const isSaid = (h: Heard, id: string, type: string) => h.agent === id && h.message.type === type;

/** The new one dies meanwhile. One that was quicker, and has taken over well, dies within its window. */
async function saveInVain(context: FaultContext, death: Promise<void>): Promise<FaultResult> {
  const [{ update }] = await Promise.all([save(context), death]);
  return { update: update.result === 'ok' ? await untilReverted(context) : update, winner: 'old' };
}

const newDiesBeforeCut: Fault = (context) =>
  saveInVain(
    context,
    candidate(context).then(({ pid }) => killNow(pid)),
  );

/** @param mostMs its death comes at any time from the cut to so long after it */
const newDiesAfterCut = (mostMs: (context: FaultContext) => number) => (context: FaultContext) => {
  const cut = context.installation.bus.next('the cut', (h) => isSaid(h, context.id, 'cut'));
  const fresh = candidate(context);
  const death = cut.then(async () => {
    const { pid } = await fresh;
    await sleep(randomInt(mostMs(context)));
    killNow(pid);
  });
  return saveInVain(context, death);
};

async function untilReverted({ installation, id }: FaultContext): Promise<UpdateReport> {
  const { last_update } = await installation.api.agent(id);
  if (last_update?.result === 'reverted') return last_update;
  return (await untilUpdated(installation, { id }, async () => {})).update;
}

async function oldDiesBeforeCut(context: FaultContext): Promise<FaultResult> {
  const { bus, api } = context.installation;
  const old = await pidOf((await api.agent(context.id)).container?.id ?? '');
  const death = bus.next('standby', (h) => isSaid(h, context.id, 'standby')).then(() => killNow(old));
  const [{ update }] = await Promise.all([save(context), death]);
  return { update, winner: 'new' };
}

async function oldDiesDraining(context: FaultContext): Promise<FaultResult> {
  const { bus, api } = context.installation;
  const old = await pidOf((await api.agent(context.id)).container?.id ?? '');
  const cut = bus.next('the cut', (h) => isSaid(h, context.id, 'cut'));
  const death = cut.then(async () => {
    await sleep(randomInt(13));
    killNow(old);
  });
  const [{ update }] = await Promise.all([save(context), death]);
  return { update, winner: 'new' };
}

export const FAULTS = {
  'new dies before the cut': newDiesBeforeCut,
  'new dies right after the cut': newDiesAfterCut(() => 4),
  'new dies within the window': newDiesAfterCut(({ windowMs }) => windowMs / 2),
  'old dies before the cut': oldDiesBeforeCut,
  'old dies while it drains': oldDiesDraining,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
