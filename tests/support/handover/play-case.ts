/** Plays one case of contract/handover.json against the Node SDK's state machine. */

import type { Action } from '../../../agent-base-image/typescript/src/follower/actions.ts';
import type { FollowerEvent } from '../../../agent-base-image/typescript/src/follower/events.ts';
import { createFollower, step } from '../../../agent-base-image/typescript/src/follower/follower.ts';
import type { FollowerState, Limits } from '../../../agent-base-image/typescript/src/follower/state.ts';

type Fields = Record<string, unknown>;
/** As it stands in the file: a delivery may give its `message` instead of the raw `text`. */
export type WrittenEvent = Fields & { type: string };

export interface WrittenCase {
  inst: number;
  limits?: Limits;
  events: readonly WrittenEvent[];
}

const ROOMY: Limits = { entries: 10_000, bytes: 1e9 };

export function play({ inst, limits = ROOMY, events }: WrittenCase): { event: WrittenEvent; actions: Fields[] }[] {
  const state = createFollower({ agent: 'electra', inst, conn: `c${inst}`, limits });
  return events.map((event) => ({ event, actions: actionsOf(state, event) }));
}

function actionsOf(state: FollowerState, event: WrittenEvent): Fields[] {
  return step(state, toEvent(event)).map(written);
}

export function toEvent(event: WrittenEvent): FollowerEvent {
  if (event.type !== 'delivered' || event.text !== undefined) return event as FollowerEvent;
  const channel = String(event.channel);
  const envelope = {
    id: '?',
    timestamp: '2026-01-01T00:00:00Z',
    type: 'user_message',
    sender: { agent_id: channel.split(':').at(-1) },
    recipient: { target: 'electra' },
    payload: {},
    ...(event.message as Fields),
  };
  return { type: 'delivered', channel, text: JSON.stringify(envelope) };
}

/** As the file writes it: reasons are free text, and messages are named by their ids. */
export function written(action: Action): Fields {
  switch (action.do) {
    case 'run':
      return { do: 'run', id: action.entry.message.id, redelivered: action.entry.redelivered };
    case 'reply':
      return { do: 'reply', id: action.message.id, correlation: action.correlation };
    case 'exit':
      return { do: 'exit', code: action.code };
    case 'say': {
      if (action.message.type !== 'cut_refused') return { ...action };
      return { do: 'say', message: { type: 'cut_refused', cut: action.message.cut } };
    }
    default:
      return { ...action };
  }
}
