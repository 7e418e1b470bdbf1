/** Whether a message is for this agent to answer. Pure; `contract/narrator.json` holds both SDKs to it. */
import type { Message } from '../message.ts';

export interface Self {
  /** For example `renarde`. */
  readonly id: string;
  /** As people call it: `Renarde`. */
  readonly name: string;
}

/** What is said to it alone, and what is said to all and calls it by its name; but no answer, and not its own words. */
export function isAsked({ type, sender, recipient, payload, metadata }: Message, self: Self): boolean {
  const { content } = payload;
  if (typeof content !== 'string' || content.trim() === '' || sender.agent_id === self.id) return false;
  if (type !== 'user_message' && (type !== 'narrative.text' || metadata.correlation_id)) return false;
  return recipient.target !== 'broadcast' || isNamed(content, self);
}

/** What a pattern must not take as its own; with the flag `u` nothing else may be escaped. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/g;

/** As a word of its own, in any case, with or without accents. */
function isNamed(text: string, { id, name }: Self): boolean {
  const said = plain(text);
  return [id, name].some((one) => {
    const word = plain(one).trim().replaceAll(SYNTAX, '\\$&');
    return word !== '' && new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'u').test(said);
  });
}

const plain = (text: string) => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
