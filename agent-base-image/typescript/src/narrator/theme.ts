/** What `world.theme_changed` says. Pure; `contract/narrator.json` holds both SDKs to it. */
import { isFields, type Message } from '../message.ts';

const LONGEST = 200;

/** Also where it stands in `content`, as in-process agents say it. Null where it says nothing. */
export function themeOf({ theme, content }: Message['payload']): string | null {
  const said = theme ?? (isFields(content) ? content.theme : null);
  return typeof said === 'string' && said !== '' ? said.slice(0, LONGEST) : null;
}
