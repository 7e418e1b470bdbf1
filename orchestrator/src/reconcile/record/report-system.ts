/** What is wrong with the system as a whole: each change is said once, as an event and in the log. */

import type { SystemEvent } from '../../domain/event.ts';
import type { Registry } from '../../domain/ports/agents-control.ts';
import type { Log } from '../../domain/ports/log.ts';
import type { Clock } from '../../domain/ports/ports.ts';

interface Tools {
  registry: Pick<Registry, 'apply'>;
  clock: Pick<Clock, 'timestamp'>;
  log: Log;
}

export function reportSystem({ registry, clock, log }: Tools) {
  const said = new Map<string, boolean>();
  return (key: SystemEvent['key'], ok: boolean, because: string) => {
    if ((said.get(key) ?? true) === ok) return;
    said.set(key, ok);
    registry.apply({ type: 'system', at: clock.timestamp(), key, ok, because });
    log[ok ? 'info' : 'warn'](because, { system: key });
  };
}
