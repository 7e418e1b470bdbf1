/** Events as the stream shows them: a version is named, its configuration stays inside, because it may hold secrets. */
import type { RegistryEvent } from '../../domain/event.ts';
import type { Version } from '../../domain/version.ts';

export function wireEvent(event: RegistryEvent): object {
  if (event.type === 'desired' || event.type === 'active') return { ...event, version: named(event.version) };
  return event;
}

function named({ hash, runtime, soft }: Version): object {
  return { hash, runtime, name: soft.name, version: soft.version };
}
