/** One living instance as the hand-over knows it, for tests of the decisions about it. */
import type { Member, Role } from '../../../orchestrator/src/rollout/session.ts';

export function aMember(inst: number, role: Role, complete = true): Member {
  return {
    agent: 'echo',
    inst,
    user: `echo.${inst}`,
    containerId: `c${inst}`,
    containerName: '',
    image: '',
    startedAt: null,
    version: null,
    hash: null,
    imageHash: '',
    specHash: '',
    secretsHash: '',
    passwordSha256: '',
    conn: 'conn',
    role,
    state: 'ACTIVE',
    complete,
    oomKilled: false,
    gone: new AbortController(),
    heardAt: 0,
    low: null,
    worksSince: 0,
    tasks: { hindered: [], stuck: [] },
    cutFields: '',
    facts: { since: 0, count: 0 },
  };
}
