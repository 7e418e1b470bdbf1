/**
 * The owner's list as it stands now: read again at every look, since a mounted folder tells nobody that it changed. A
 * list that is wrong changes nothing: what was valid last goes on, and the reason is told.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { codeOf } from '../bundle/files/system-error.ts';
import { LIMITS } from '../bundle/limits.ts';
import type { Problem } from '../domain/desired.ts';
import type { Grants } from '../domain/grants.ts';
import type { IsReserved } from '../domain/reserved-names.ts';
import { type GrantList, type GrantsReading, NO_GRANTS, readGrants } from './read-grants.ts';

export interface GrantFile {
  grants: Grants;
  /** Every variable that it gives to anybody: none of them is an agent's by its name. */
  variables(): ReadonlySet<string>;
  /** Reads it again. @returns whether somebody may be given something other now */
  look(): Promise<boolean>;
  /** Something changed that has not been read twice alike yet: look again soon. */
  isSettling(): boolean;
  /** Why the list cannot be used, one line; null while it can. */
  problem(): string | null;
}

/** What was read: text, nothing, or why it could not be. */
type Content = { bytes: Buffer } | { absent: true } | { reason: string };

export function createGrantFile({ path, isReserved }: { path: string; isReserved: IsReserved }): GrantFile {
  let list: GrantList = NO_GRANTS;
  let problem: string | null = null;
  let accepted: string | null = null;
  let candidate: string | null = null;

  function accept(content: Content): boolean {
    const before = JSON.stringify([list.defaults, ...list.agents]);
    const reading = readContent(basename(path), content, isReserved);
    if ('problems' in reading) {
      problem = `grants.yaml is not used, what was valid before it holds: ${reading.problems.map(lineOf).join('; ')}`;
      return false;
    }
    problem = null;
    list = reading.list;
    return JSON.stringify([list.defaults, ...list.agents]) !== before;
  }

  return {
    grants: (agent) => list.agents.get(agent) ?? list.defaults,
    variables: () => new Set([list.defaults, ...list.agents.values()].flatMap(({ variables }) => variables)),
    async look() {
      const content = await contentOf(path);
      const text = textOf(content);
      if (text === accepted) {
        candidate = null;
        return false;
      }
      // One who is writing is not caught in the middle: a change counts once it was read twice alike.
      if (accepted !== null && candidate !== text) {
        candidate = text;
        return false;
      }
      accepted = text;
      candidate = null;
      return accept(content);
    },
    isSettling: () => candidate !== null,
    problem: () => problem,
  };
}

function readContent(name: string, content: Content, isReserved: IsReserved): GrantsReading {
  if ('absent' in content) return { list: NO_GRANTS };
  if ('bytes' in content) return readGrants(name, content.bytes, isReserved);
  const problem: Problem = {
    severity: 'error',
    file: name,
    line: null,
    column: null,
    path: '',
    message: content.reason,
  };
  return { problems: [problem] };
}

async function contentOf(path: string): Promise<Content> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return { reason: 'is no regular file' };
      if (stats.size > LIMITS.textBytes) return { reason: `is larger than ${LIMITS.textBytes / 1024} KB` };
      const buffer = Buffer.alloc(LIMITS.textBytes);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return { bytes: buffer.subarray(0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { absent: true };
    if (code === 'ELOOP') return { reason: 'is a link; put the list itself there' };
    return { reason: `cannot be read by uid ${process.getuid?.() ?? 'unknown'} (${code})` };
  }
}

function textOf(content: Content): string {
  if ('bytes' in content) return `text ${content.bytes.toString('base64')}`;
  return 'absent' in content ? 'absent' : `problem ${content.reason}`;
}

/** `grants.yaml:3:5 agents.electra.memory: expected …` */
function lineOf({ file, line, column, path, message }: Problem): string {
  const place = [file, line, line === null ? null : column].filter((part) => part !== null).join(':');
  return `${place} ${path === '' ? '' : `${path}: `}${message}`;
}
