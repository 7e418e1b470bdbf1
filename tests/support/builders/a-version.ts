/** A version of a bundle with everything in it; a test says only what it is about. */
import type { SoftPart, Version } from '../../../orchestrator/src/domain/version.ts';

export function aSoftPart(parts: Partial<SoftPart> = {}): SoftPart {
  return {
    name: 'Echo',
    type: null,
    role: null,
    version: null,
    description: null,
    color: null,
    personified: true,
    capabilities: [],
    dependencies: [],
    skills: [],
    llm_config: {},
    config: {},
    persona: null,
    extra: {},
    ...parts,
  };
}

export function aVersion(parts: Partial<Version> = {}): Version {
  return {
    agent: 'echo',
    hash: 'h',
    runtime: 'node',
    codeHash: 'c',
    depsHash: 'd',
    imageHash: 'i',
    specHash: 's',
    softHash: 'f',
    spec: { memory: 2 ** 28, cpus: 0.5, pids: 128, egress: 'none', storage: false },
    topics: null,
    update: {
      strategy: 'start-first',
      ready_seconds: 60,
      min_healthy_seconds: 0,
      drain_seconds: 30,
      monitor_seconds: 30,
    },
    soft: aSoftPart(),
    ...parts,
  };
}
