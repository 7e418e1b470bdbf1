/**
 * Which agent a word means, for every command that takes one: its id, a spelling of it (`My_Lamp` is `my-lamp`), or its
 * name, in any case. Pure but for the errors, which say what was probably meant.
 */
import { didYouMean } from '../../bundle/manifest/suggest.ts';
import { type AgentId, toAgentId } from '../../domain/agent.ts';
import { HairemError } from '../../domain/errors/errors.ts';
import type { WireRecord } from './records.ts';

type Known = Pick<WireRecord, 'id' | 'name'>;

/** @throws not_found, with the nearest id; bad_config where several have this name */
export function whichAgent(word: string, records: readonly Known[]): AgentId {
  const id = knownAgent(word, records);
  if (id !== null) return id;
  const meant = nearest(word, records);
  const hint = meant === null ? '`hairem ps` lists those that there are' : `did you mean ${meant}?`;
  throw new HairemError('not_found', `there is no agent "${word}"; ${hint}`);
}

/** @returns null where there is none. @throws bad_config where several have this name */
export function knownAgent(word: string, records: readonly Known[]): AgentId | null {
  for (const id of [word, toAgentId(word.trim())]) if (records.some((record) => record.id === id)) return id;
  const named = records.filter(({ name }) => plain(name) === plain(word)).map(({ id }) => id);
  if (named.length > 1)
    throw new HairemError('bad_config', `several agents are named "${word}": say one by its id: ${named.join(', ')}`);
  return named[0] ?? null;
}

/** @returns the id that was probably meant, or null */
export function nearest(word: string, records: readonly Known[]): AgentId | null {
  const id = didYouMean(
    word,
    records.map((record) => record.id),
  ); // an id goes before a name
  if (id !== null) return id;
  const name = didYouMean(
    word,
    records.map((record) => record.name),
  );
  return records.find((record) => record.name === name)?.id ?? null;
}

const plain = (text: string) => text.normalize('NFC').trim().toLowerCase().replaceAll(/\s+/g, ' ');
