/** Whether the agents folder can be believed: a root that went away must not look like "all agents removed". Pure. */
import { leftBy } from '../../ignored/ignored-names.ts';

export interface RootLook {
  /** Null when it cannot be looked at; then `error` is the system's code. */
  dev: number | null;
  /** 0 when the folder was deleted under a bind mount. */
  nlink: number;
  isFolder: boolean;
  error: string;
  /** Bundles in it; 0 when it cannot be listed. */
  bundles: number;
}

export interface RootMemory {
  dev: number | null;
  hadBundles: boolean;
}

export interface RootState {
  /** In plain words, or null when all is well. */
  frozen: string | null;
  /** True when only a restart of this process (and its mounts) can bring the folder back. */
  restartNeeded: boolean;
  memory: RootMemory;
}

const UNSEEN: RootMemory = { dev: null, hadBundles: false };

/** @param expectBundles whether agents are known to run, for the first look after a start */
export function judgeRoot(
  dir: string,
  look: RootLook,
  { previous, expectBundles }: { previous: RootMemory | null; expectBundles: boolean },
): RootState {
  const memory = previous ?? UNSEEN;
  const freeze = (why: string, restartNeeded = false): RootState => ({
    frozen: `The agents folder ${dir} ${why}. Nothing is changed; agents that run go on running.`,
    restartNeeded,
    memory,
  });
  if (look.dev === null) return freeze(look.error === 'ENOENT' ? 'is gone' : `cannot be read (${look.error})`);
  if (!look.isFolder) return freeze('is not a folder');
  if (look.nlink === 0 && look.bundles === 0)
    return freeze('was replaced on the host; the orchestrator must be restarted to see the new one', true);
  if (memory.dev !== null && memory.dev !== look.dev) {
    // Not by a restart of its own accord: that would take what lies under an unmounted disk for the crew.
    return freeze('is on another device than before: a disk came or went; restart the orchestrator if that is meant');
  }
  if (look.bundles === 0 && (memory.hadBundles || expectBundles))
    return freeze('is empty although it had bundles: remove agents one by one, or stop them');
  return {
    frozen: null,
    restartNeeded: false,
    memory: { dev: look.dev, hadBundles: memory.hadBundles || look.bundles > 0 },
  };
}

/** Entries of the agents folder that are no bundles by their name: hidden, only underscores, or what tools leave. */
export function isBundleName(name: string): boolean {
  return !/^(?:\..*|_+)$/.test(name) && leftBy(name) === null;
}
