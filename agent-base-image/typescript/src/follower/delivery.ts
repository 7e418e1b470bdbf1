/** Reads one raw delivery (BUS.md, rules 2 and 17, and Channels): who really sent it, and is it a message at all? */
import { readJson } from '../json-text.ts';
import { type Message, toMessage } from '../message.ts';
import type { DropReason } from './actions.ts';

export type Delivery = { from: string; isBroadcast: boolean; message: Message } | { why: DropReason };

/** Never throws. The sender is the last part of the channel, which Redis enforces; the envelope must agree. */
export function readDelivery(agent: string, channel: string, text: string | null): Delivery {
  const parts = channel.split(':');
  const from = parts.at(-1) ?? '';
  const isBroadcast = parts[0] === 'broadcast' && parts.length === 2;
  const isInbox = parts[0] === 'agent' && parts[1] === agent && parts.length === 3;
  if (!isBroadcast && !isInbox) return { why: 'channel' };
  if (isBroadcast && from === agent) return { why: 'echo' };
  if (text === null) return { why: 'flood' };
  const value = readJson(text);
  if (value === undefined) return { why: 'unreadable' };
  const message = toMessage(value);
  if (!message) return { why: 'envelope' };
  return message.sender.agent_id === from ? { from, isBroadcast, message } : { why: 'sender' };
}
