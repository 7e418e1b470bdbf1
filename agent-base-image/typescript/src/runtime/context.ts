/** What one instance knows of itself (BUNDLE.md, ctx): what was said, a state of its own, who the user is. */
import { randomUUID } from 'node:crypto';
import type { Context, HistoryEntry } from '../agent-host.ts';
import type { Message } from '../message.ts';
import { areSystemWords } from '../system-words.ts';
import { ContextState } from './context-state.ts';
import { createHistory, type History } from './history.ts';

/** What people and agents say to each other; commands and signals are no conversation. */
const SPOKEN: ReadonlySet<string> = new Set(['user_message', 'narrative.text', 'narrative.action']);

/** What one agent tells another behind the others' backs. */
const WHISPERED: ReadonlySet<string> = new Set(['agent.internal_note', 'system.whisper']);

/** What another instance of this agent is told, in the form in which this one changes it. */
export interface Known {
  readonly state: ContextState;
  readonly history: History;
  user: string | null;
}

export interface OwnContext extends Context {
  readonly known: Known;
  /** A message that is about to be handled. */
  noteHeard(message: Message): void;
  /** A message of this agent that Redis has acknowledged. */
  noteSaid(message: Message): void;
}

export function createContext({ agent, timestamp }: { agent: string; timestamp: () => string }): OwnContext {
  const known: Known = { state: new ContextState(), history: createHistory(), user: null };

  const note = (role: HistoryEntry['role'], { id, sender, payload, timestamp: when }: Message) => {
    const { content } = payload;
    if (typeof content === 'string') {
      known.history.add({ id, role, text: content, who: sender.agent_id, when });
    }
  };
  return {
    known,
    state: known.state,
    history: known.history.entries,
    get user() {
      return known.user;
    },
    remember({ role, text, who = agent }) {
      known.history.add({ id: randomUUID(), role, text, who, when: timestamp() });
    },
    noteHeard(message) {
      if (SPOKEN.has(message.type) && !areSystemWords(message)) note('user', message);
      if (WHISPERED.has(message.type) && message.recipient.target !== 'broadcast') note('system', message);
      if (message.type === 'user_message') known.user = userOf(message);
    },
    noteSaid(message) {
      if (SPOKEN.has(message.type) && !areSystemWords(message)) note('assistant', message);
    },
  };
}

/** A client that serves several people names them in the payload. */
function userOf({ payload, sender }: Message): string {
  const named = payload.user;
  return typeof named === 'string' && named !== '' ? named.slice(0, 64) : sender.agent_id;
}
