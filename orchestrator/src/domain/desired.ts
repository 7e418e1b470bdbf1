/** What the agents folder asks for, as one scan found it. */
import type { AgentId } from './agent.ts';
import type { Grant } from './grants.ts';
import type { Version } from './version.ts';

/** One thing wrong with a bundle; line and column count from 1. */
export interface Problem {
  severity: 'error' | 'warning';
  file: string;
  line: number | null;
  column: number | null;
  /** Path inside the file, for example `resources.memory`; empty for the file itself. */
  path: string;
  message: string;
}

export type DesiredAgent =
  | {
      kind: 'valid';
      id: AgentId;
      folder: string;
      enabled: boolean;
      version: Version;
      snapshot: Snapshot;
      warnings: readonly Problem[];
      /** Secrets that the manifest writes out: name and value. Kept in memory alone. */
      literals: Readonly<Record<string, string>>;
      /** Where its manifest says what it asks for of memory, cores and processes: problems without their message. */
      places: Readonly<Record<'memory' | 'cpus' | 'pids', Problem>>;
    }
  | { kind: 'invalid'; id: AgentId; folder: string; problems: readonly Problem[] }
  /** Still being written: whatever runs keeps running. */
  | { kind: 'settling'; id: AgentId; folder: string };

/** A private copy of the accepted files of a bundle: what was hashed is what is built. */
export interface Snapshot {
  /** Absolute path of the copy: `<dir>/code` (goes over the dependencies) and `<dir>/deps`. */
  dir: string;
  hasDependencies: boolean;
  /** `npm ci` and hashes need a lock file. */
  hasLock: boolean;
  /** What its dependencies may be built with and come from: part of what keys their image. */
  build: Grant['build'];
}

export interface DesiredCrew {
  agents: readonly DesiredAgent[];
  /** Set while the root is gone, empty or another device: nothing is stopped then. */
  frozen: string | null;
}
