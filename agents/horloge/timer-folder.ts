/**
 * Keeps timers in a folder, one file each, so that they outlive an update and a restart. While an update hands over,
 * two instances use the folder at once; every step is therefore one that the file system does as a whole.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Timer } from './timer.ts';

/** Longer than an instance takes to send one message; older claims are of an instance that died meanwhile. */
const STALE_CLAIM_MS = 30_000;

export interface TimerFolder {
  /** All timers but those that are being fired, the earliest first. */
  list(now: Date): Promise<Timer[]>;
  /** @returns false where the name is taken */
  add(timer: Timer): Promise<boolean>;
  /** @returns false where there is none of that name */
  remove(name: string): Promise<boolean>;
  /** Takes a timer to fire it. @returns true to one caller only, whichever instance it is in */
  claim(name: string): Promise<boolean>;
  /** Ends a claim: the timer is kept as `next`, or forgotten. One that was removed meanwhile stays away. */
  settle(name: string, next: Timer | null): Promise<void>;
}

/** @param onBroken hears of a file that holds no timer; it is set aside */
export async function openTimerFolder(path: string, onBroken: (file: string) => void): Promise<TimerFolder> {
  await mkdir(path, { recursive: true });
  const kept = (name: string) => join(path, `${Buffer.from(name).toString('base64url')}.json`);
  const claimed = (name: string) => `${kept(name)}.firing`;
  const draft = async (timer: Timer): Promise<string> => {
    const file = join(path, `.${randomUUID()}`);
    await writeFile(file, JSON.stringify(timer));
    return file;
  };

  return {
    async list(now) {
      const files = await readdir(path);
      await Promise.all(files.filter((file) => file.endsWith('.firing')).map((file) => recover(join(path, file), now)));
      const names = files.filter((file) => file.endsWith('.json'));
      const timers = await Promise.all(names.map((file) => readTimer(join(path, file), onBroken)));
      return timers.filter((timer) => timer !== null).sort((a, b) => a.due.localeCompare(b.due));
    },
    async add(timer) {
      const file = await draft(timer);
      const added = await happens(link(file, kept(timer.name)), 'EEXIST');
      await unlink(file);
      return added;
    },
    async remove(name) {
      const [wasKept, wasClaimed] = await Promise.all([
        happens(unlink(kept(name)), 'ENOENT'),
        happens(unlink(claimed(name)), 'ENOENT'),
      ]);
      return wasKept || wasClaimed;
    },
    claim: (name) => happens(rename(kept(name), claimed(name)), 'ENOENT'),
    async settle(name, next) {
      const file = next && (await draft(next));
      const mine = await happens(unlink(claimed(name)), 'ENOENT');
      if (file && mine) await rename(file, kept(name));
      else if (file) await rm(file);
    },
  };
}

async function readTimer(file: string, onBroken: (file: string) => void): Promise<Timer | null> {
  try {
    const timer = JSON.parse(await readFile(file, 'utf8'));
    if (typeof timer?.name === 'string' && !Number.isNaN(Date.parse(timer.due))) return timer;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    if (!(error instanceof SyntaxError)) throw error;
  }
  onBroken(file);
  await happens(rename(file, `${file}.broken`), 'ENOENT');
  return null;
}

/** A claim that nobody ended: fired again, perhaps twice, rather than never. */
async function recover(claim: string, now: Date): Promise<void> {
  const claimedAt = await stat(claim).then(
    (stats) => stats.ctimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  if (now.getTime() - claimedAt < STALE_CLAIM_MS) return;
  await happens(rename(claim, claim.slice(0, -'.firing'.length)), 'ENOENT');
}

async function happens(step: Promise<void>, unless: string): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if (isCode(error, unless)) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
