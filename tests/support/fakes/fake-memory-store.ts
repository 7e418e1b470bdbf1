/** Memories in a Map, for tests without an engine: what `contract/embedded/memory-store.test.ts` wants of both; no SurrealQL. */
import type { AgentId } from '../../../orchestrator/src/domain/agent.ts';
import { HairemError } from '../../../orchestrator/src/domain/errors/errors.ts';
import type { Memory, MemoryStore, NewMemory } from '../../../orchestrator/src/domain/ports/stores.ts';

interface Kept extends Memory {
  embedding: readonly number[] | null;
}

export function fakeMemoryStore(): MemoryStore {
  const agents = new Map<AgentId, Map<string, Kept>>();
  const of = (agent: AgentId) => {
    const kept = agents.get(agent) ?? new Map<string, Kept>();
    agents.set(agent, kept);
    return kept;
  };
  return {
    async remember(agent, memory) {
      const all = of(agent);
      const kept = all.get(memory.id) ?? asKept(memory);
      all.set(memory.id, kept);
      return shown(kept);
    },
    async recall(agent, { text, embedding, tags, limit }) {
      const all = [...of(agent).values()].filter((memory) => tags.every((tag) => memory.tags.includes(tag)));
      const near = embedding ? best(all, (memory) => cosine(memory.embedding, embedding)) : [];
      const worded = text === null ? [] : best(all, (memory) => shared(memory.content, text));
      const ids = new Set(near.map(({ id }) => id));
      return [...near, ...worded.filter(({ id }) => !ids.has(id))].slice(0, limit);
    },
    query: async () => {
      throw new HairemError('bad_request', 'this store has no SurrealQL');
    },
  };
}

function asKept({ id, content, tags, embedding }: NewMemory): Kept {
  return { id, content, tags, embedding, created_at: new Date().toISOString() };
}

function shown({ id, content, tags, created_at }: Kept): Memory {
  return { id, content, tags, created_at };
}

function best(all: readonly Kept[], scoreOf: (memory: Kept) => number | null): (Memory & { score: number })[] {
  const scored = all.flatMap((memory) => {
    const score = scoreOf(memory);
    return score === null ? [] : [{ ...shown(memory), score }];
  });
  return scored.sort((one, other) => other.score - one.score);
}

function cosine(one: readonly number[] | null, other: readonly number[]): number | null {
  if (one?.length !== other.length) return null;
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, n) => sum + value * (b[n] ?? 0), 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}

const wordsOf = (text: string) =>
  new Set(
    text
      .toLowerCase()
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .match(/\p{L}+|\p{N}+/gu) ?? [],
  );

function shared(content: string, text: string): number | null {
  const words = wordsOf(content);
  const count = [...wordsOf(text)].filter((word) => words.has(word)).length;
  return count > 0 ? count : null;
}
