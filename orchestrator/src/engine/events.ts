/** Engine events as hints. Nothing acts on what is in them, but `die` names our container. Pure. */
import * as z from 'zod';
import { LABEL } from '../domain/labels.ts';
import type { EngineEvent } from '../domain/ports/ports.ts';

const event = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
});

/** @returns null for what is no event */
export function toEvent(message: unknown): EngineEvent | null {
  const parsed = event.safeParse(message);
  if (!parsed.success) return null;
  const { Type, Action, Actor } = parsed.data;
  const labels = Actor.Attributes ?? {};
  const inst = Number(labels[LABEL.instance]);
  const container = Type === 'container' ? Actor.ID : null;
  return {
    kind: container && (Action === 'die' || Action === 'oom') ? Action : 'other',
    container,
    agent: labels[LABEL.agent] ?? null,
    inst: Number.isInteger(inst) && inst > 0 ? inst : null,
    exitCode: labels.exitCode === undefined ? null : Number(labels.exitCode),
  };
}
