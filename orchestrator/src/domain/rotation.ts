/** Changing every password of the bus, the control key and the API's token while the crew runs (BUS.md, Rotation). */
import type { AgentId, InstanceNumber } from './agent.ts';

/** What is kept of a rotation from when it was prepared until it has ended; no password is in it. */
export interface Rotation {
  /** Our own users of the bus, and the hex SHA-256 of what comes next. */
  users: readonly { user: string; next: string }[];
  /** Of each agent the last instance that began with a credential of before; null while none counts as such. */
  expired: Readonly<Record<AgentId, InstanceNumber>> | null;
  /** Nothing takes a credential of before any more. */
  done: boolean;
}

/** All: bad_config where the volume or the file is not as it should be. */
export interface RotationStore {
  /** @returns null where none is prepared or under way */
  load(): Promise<Rotation | null>;
  save(rotation: Rotation): Promise<void>;
}

export interface RotationStatus {
  state: 'none' | 'prepared' | 'running' | 'done';
  /** Agents of which an instance still has a credential of before, and why. */
  waitsFor: readonly { id: AgentId; because: string }[];
  /** Users of Redis that hAIrem did not make: they keep what they may until Redis begins anew. */
  strangers: readonly string[];
  /** What keeps it from going on; it is tried again. */
  problem: string | null;
}

/** What the API may ask of it. */
export interface RotationControl {
  /** Begins it, or goes on with it; again is fine. Errors: conflict where none is prepared. */
  begin(): Promise<void>;
  status(): Promise<RotationStatus>;
}
