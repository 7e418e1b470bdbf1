/**
 * Prepares a rotation (BUS.md): what comes next of each password and of the token lies beside what there is, and Redis'
 * file takes both. It runs where `init` does, the only one that sees all the volumes; the orchestrator does the rest.
 */
import { join } from 'node:path';
import { CORE_USERS, sha256 } from './bus/core-users.ts';
import { writeWhole } from './credentials/private-file.ts';
import { createRotationFile, nextOf } from './credentials/rotation-file.ts';
import { type InitFolders, init, passwordFile, randomSecret } from './init.ts';
import { readConfig } from './process/config.ts';

export async function runInitRotation(): Promise<void> {
  await prepareRotation(readConfig(process.env));
}

/**
 * One that is prepared or under way stays as it is. That it is prepared is written last; what lies there without that
 * nobody has used, and it may be known to whoever made this necessary. @throws bad_config
 */
export async function prepareRotation(folders: InitFolders): Promise<void> {
  const rotation = createRotationFile(folders.dataDir);
  if (await rotation.load()) return;
  const users = CORE_USERS.map((user) => ({ user, password: randomSecret() }));
  const write = (file: string, secret: string) => writeWhole(nextOf(file), `${secret}\n`);
  await write(join(folders.dataDir, 'token'), randomSecret());
  for (const { user, password } of users) await write(passwordFile(folders, user), password);
  await init(folders);
  const hashes = users.map(({ user, password }) => ({ user, next: sha256(password) }));
  await rotation.save({ users: hashes, expired: null, done: false });
}
