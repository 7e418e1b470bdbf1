/** The H-Link envelope (BUS.md, Envelope). `contract/h-link.schema.json` is generated from this schema. */
import * as z from 'zod';

const id = z.string().min(1).max(64);

/** Types that hAIrem itself knows; unknown ones pass through. */
const MESSAGE_TYPES = [
  'user_message',
  'narrative.text',
  'narrative.chunk',
  'narrative.action',
  'expert.command',
  'expert.response',
  'agent.internal_note',
  'agent.speaking',
  'agent.config_update',
  'system.status_update',
  'system.config_update',
  'system.log',
  'system.heartbeat',
  'system.whisper',
  'system.inactivity',
  'visual.asset',
  'world.theme_changed',
] as const;

export const envelope = z.looseObject({
  id,
  timestamp: z.iso.datetime({ offset: true }),
  type: z
    .string()
    .min(1)
    .max(64)
    .meta({ examples: [...MESSAGE_TYPES] }),
  sender: z.looseObject({ agent_id: z.string().min(1).max(64), role: z.string().nullish() }),
  recipient: z.looseObject({ target: z.string().min(1).max(64), room: z.string().nullish() }),
  payload: z.looseObject({}),
  metadata: z
    .looseObject({
      priority: z.enum(['normal', 'high', 'system']).default('normal'),
      correlation_id: id.nullish(),
      ttl: z.int().min(0).max(64).default(5),
      chain: z.array(id).max(64).default([]),
      redelivered: z.boolean().default(false),
    })
    .prefault({}),
});

/** The largest message on the bus, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
