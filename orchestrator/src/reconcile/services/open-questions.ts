/**
 * Which questions between agents have no answer yet: heard on the bus, so that whoever waits for an instance that ends
 * can be told. Bounded for each asker, since any agent may ask on and on. Pure.
 */
import type { AgentId } from '../../domain/agent.ts';

export interface OpenQuestion {
  asker: AgentId;
  id: string;
}

export interface OpenQuestions {
  asked(question: OpenQuestion, target: AgentId): void;
  /** `by` answered it; nobody else can. */
  answered(question: OpenQuestion, by: AgentId): void;
  /** What nobody has answered that was asked of it, oldest first of each asker; forgotten from here on. */
  take(target: AgentId): OpenQuestion[];
}

/** Of one asker: an honest one has some; beyond that the oldest is forgotten, and has its deadline. */
export const MOST_OPEN = 500;

export function createOpenQuestions(): OpenQuestions {
  /** By asker, the id of each question and whom it was asked. */
  const open = new Map<AgentId, Map<string, AgentId>>();

  function forget({ asker, id }: OpenQuestion): void {
    const own = open.get(asker);
    own?.delete(id);
    if (own?.size === 0) open.delete(asker);
  }
  return {
    asked({ asker, id }, target) {
      const own = open.get(asker) ?? new Map<string, AgentId>();
      open.set(asker, own.set(id, target));
      const [oldest] = own.keys();
      if (own.size > MOST_OPEN && oldest !== undefined) own.delete(oldest);
    },
    answered(question, by) {
      if (open.get(question.asker)?.get(question.id) === by) forget(question);
    },
    take(target) {
      const taken = [...open].flatMap(([asker, own]) =>
        [...own].filter(([, asked]) => asked === target).map(([id]) => ({ asker, id })),
      );
      for (const question of taken) forget(question);
      return taken;
    },
  };
}
