/** How a record begins, and what a version of the bundle tells about its agent. */
import type { AgentId } from '../domain/agent.ts';
import type { AgentRecord } from '../domain/agent-record.ts';
import type { Version } from '../domain/version.ts';

export function newRecord(id: AgentId, at: string): AgentRecord {
  return {
    id,
    name: id,
    status: 'starting',
    active: false,
    personified: true,
    description: null,
    capabilities: [],
    skills: [],
    commands: [],
    llm_model: null,
    prompt_tokens: 0,
    completion_tokens: 0,
    total_tokens: 0,
    cost: 0,
    location: null,
    preferred_location: null,
    type: null,
    role: null,
    version: null,
    runtime: null,
    instance: null,
    instance_state: null,
    term: 0,
    bundle: { running: null, desired: null, last_good: null },
    behind: null,
    container: null,
    storage_bytes: null,
    database_bytes: null,
    tasks: [],
    last_update: null,
    last_restart: null,
    problems: [],
    warnings: [],
    rating: null,
    secrets: [],
    gaps: [],
    abandoned: 0,
    security: [],
    stale: false,
    tries: 0,
    retry_at: null,
    updated_at: at,
  };
}

/** The fields that a version of the bundle alone determines: what it is called, what it can do. */
export function described(version: Version): Partial<AgentRecord> {
  const { soft } = version;
  return {
    name: soft.name,
    type: soft.type,
    role: soft.role,
    version: soft.version,
    description: soft.description,
    personified: soft.personified,
    capabilities: soft.capabilities,
    skills: soft.skills.map(({ name, description }) => ({ name, description, active: true })),
    preferred_location: textOrNull(soft.persona?.preferred_location),
    runtime: version.runtime,
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
