/** What services say on `re:<id>:<inst>:<service>` (BUS.md, rule 14). Hand-written checks, as in wire.ts. */
import { DEEPEST_CARRIED, readExactJson } from '../json-text.ts';
import { isFields } from '../message.ts';

export type Answer =
  | { type: 'chunk'; id: string; run: string; seq: number; data: unknown }
  | { type: 'reply'; id: string; run: string; seq: number; ok: true; result: unknown }
  | { type: 'reply'; id: string; run: string; seq: number; ok: false; error: { code: string; message: string } }
  | { type: 'working'; id: string };

/** Each answers on `re:<id>:<inst>:<service>`, where nobody else can speak; the orchestrator answers for all others. */
export const SPEAKING_SERVICES = ['memory', 'llm'] as const;

/** Who alone may answer what is asked of a service: that service, or the orchestrator. */
export function speakerFor(service: string): string {
  return (SPEAKING_SERVICES as readonly string[]).includes(service) ? service : ORCHESTRATOR;
}

export const ORCHESTRATOR = 'orchestrator';

const hasId = (value: Readonly<Record<string, unknown>>) => typeof value.id === 'string';
const hasPlace = ({ run, seq }: Readonly<Record<string, unknown>>) =>
  typeof run === 'string' && Number.isSafeInteger(seq);

/** Null for what is no answer. */
export function readAnswer(text: string): Answer | null {
  const value = readExactJson(text, DEEPEST_CARRIED);
  if (!isFields(value) || !hasId(value)) return null;
  if (value.type === 'working') return value as Answer;
  if (!hasPlace(value)) return null;
  if (value.type === 'chunk' && 'data' in value) return value as Answer;
  if (value.type !== 'reply') return null;
  if (value.ok === true && 'result' in value) return value as Answer;
  const { error } = value;
  const fits = value.ok === false && isFields(error) && typeof error.code === 'string';
  return fits && typeof error.message === 'string' ? (value as Answer) : null;
}
