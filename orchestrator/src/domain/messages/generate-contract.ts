/** Writes contract/h-link.schema.json from the zod schema: `npm run generate`. A test fails where the two drift apart. */
import { writeFileSync } from 'node:fs';
import * as z from 'zod';
import { envelope } from './h-link.ts';

export const SCHEMA_FILE = new URL('../../../../agent-base-image/contract/h-link.schema.json', import.meta.url);

/** The schema of what may stand on the bus: defaults may be left out, unknown fields pass through. */
export function renderSchema(): string {
  const schema = z.toJSONSchema(envelope, { io: 'input' });
  return `${JSON.stringify({ ...schema, title: 'H-Link envelope' }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(SCHEMA_FILE, renderSchema());
