/** What the API is given: records to read, a control that records intents, and facts for /api/status. */

import type { AgentRecord } from '../domain/agent-record.ts';
import { HairemError } from '../domain/errors/errors.ts';
import type { CrewControl, History, Registry } from '../domain/ports/agents-control.ts';
import type { Log } from '../domain/ports/log.ts';
import type { Clock } from '../domain/ports/ports.ts';
import type { RotationControl } from '../domain/rotation.ts';
import type { AccessToken } from './access-token.ts';

export interface ServerDeps {
  registry: Registry;
  control: CrewControl;
  history: History;
  rotation: RotationControl;
  token: AccessToken;
  config: {
    /** Other origins whose pages may call. */
    origins: readonly string[];
    /** Names of this host, besides localhost and IP addresses. */
    hosts: readonly string[];
  };
  /** More facts for /api/status: the engine, the folder and how it is watched. JSON values, no secrets. */
  status(): Readonly<Record<string, unknown>>;
  version: string;
  clock: Clock;
  log: Log;
}

/** @throws HairemError not_found */
export function recordOf(registry: Registry, id: string): AgentRecord {
  const record = registry.get(id);
  if (record === null) throw new HairemError('not_found', `there is no agent "${id}"`);
  return record;
}
