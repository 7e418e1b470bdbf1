/** What a bundle asks for against the owner's ceilings: above them it is invalid, not silently cut. Pure. */
import type { AgentId } from '../domain/agent.ts';
import type { DesiredAgent, Problem } from '../domain/desired.ts';
import { type Grant, linesToGrant } from '../domain/grants.ts';
import type { SandboxSpec } from '../domain/version.ts';

const MIB = 1024 * 1024;

/** Where the manifest says how much it asks for; problems that lack nothing but their message. */
export type ResourcePlaces = Readonly<Record<keyof Grant['ceilings'], Problem>>;

const UNITS: Readonly<
  Record<keyof Grant['ceilings'], { text(value: number): string; asWritten(value: number): string }>
> = {
  memory: { text: (bytes) => `${Math.ceil(bytes / MIB)} MiB`, asWritten: (bytes) => `${Math.ceil(bytes / MIB)}m` },
  cpus: { text: (cores) => `${cores} cores`, asWritten: String },
  pids: { text: (count) => `${count} processes`, asWritten: String },
};

export interface Resources {
  agent: AgentId;
  spec: Pick<SandboxSpec, 'memory' | 'cpus' | 'pids'>;
  places: ResourcePlaces;
}

export function ceilingProblems({ agent, spec, places }: Resources, { ceilings }: Pick<Grant, 'ceilings'>): Problem[] {
  return (['memory', 'cpus', 'pids'] as const)
    .filter((key) => spec[key] > ceilings[key])
    .map((key) => {
      const { text, asWritten } = UNITS[key];
      const lines = linesToGrant(agent, key, asWritten(spec[key]));
      const message = `asks for ${text(spec[key])}, and the owner lets it have ${text(ceilings[key])}; ask for less, or ${lines}`;
      return { ...places[key], message };
    });
}

/** As it is, or invalid: what runs keeps running then. */
export function withinCeilings(agent: DesiredAgent, grant: Pick<Grant, 'ceilings'>): DesiredAgent {
  if (agent.kind !== 'valid') return agent;
  const { id, folder, version, places, warnings } = agent;
  const problems = ceilingProblems({ agent: id, spec: version.spec, places }, grant);
  return problems.length === 0 ? agent : { kind: 'invalid', id, folder, problems: [...problems, ...warnings] };
}
