/**
 * The users of our own processes on the bus, as `users.acl` holds them: each may say and hear what it must, and nothing
 * else (BUS.md, Core users). Those of agents' instances are made at run time.
 */
import { createHash } from 'node:crypto';

/** One connection each; `orchestrator` also has one for what agents say to each other. */
export const CORE_USERS = ['orchestrator', 'memory', 'llm', 'history'] as const;
export type CoreUser = (typeof CORE_USERS)[number];

/** Of each user the passwords that are valid: one, and two while it is rotated. */
export type CorePasswords = Readonly<Record<CoreUser, readonly string[]>>;

const COMMON = 'resetkeys resetchannels -@all +ping +hello +auth +client|setname +client|id +client|no-evict';

const ACL_COMMANDS = ['acl|setuser', 'acl|deluser', 'acl|users', 'acl|getuser', 'acl|log'];
const CLIENT_COMMANDS = ['client|list', 'client|kill', 'client|info'];

/** No keys, no scripts, no CONFIG, no SHUTDOWN: what it runs is listed. */
const ORCHESTRATOR_RUNS = ['multi', 'exec', 'discard', 'info', ...ACL_COMMANDS, ...CLIENT_COMMANDS];
const ORCHESTRATOR_HEARS = [
  'st:*',
  'agent:*',
  'agent:user:*',
  'agent:*:user',
  'broadcast:*',
  'svc:registry:*',
  'svc:crew:*',
  're:orchestrator:1:history',
];
/** Not `broadcast` and not the inbox of `user`: it speaks for nobody but itself and the person at the API. */
const ORCHESTRATOR_SAYS = [
  'ctl:*',
  're:*',
  'agent:*:orchestrator',
  'agent:*:user',
  'svc:history:orchestrator:1',
  'registry:events',
];

const may = (command: string, channels: readonly string[]) =>
  `(${command} ${channels.map((channel) => `&${channel}`).join(' ')})`;
const hears = (...channels: string[]) => may('+psubscribe +punsubscribe', channels);
const says = (...channels: string[]) => may('+publish', channels);

const RIGHTS: Readonly<Record<CoreUser, readonly string[]>> = {
  orchestrator: [
    ...ORCHESTRATOR_RUNS.map((command) => `+${command}`),
    hears(...ORCHESTRATOR_HEARS),
    says(...ORCHESTRATOR_SAYS),
  ],
  memory: [hears('svc:memory:*'), says('re:*:memory')],
  llm: [hears('svc:llm:*', 're:system:1'), says('re:*:llm', 'svc:crew:system:1')],
  history: [hears('svc:history:orchestrator:1'), says('re:orchestrator:1:history')],
};

export const isCoreUser = (name: string): name is CoreUser => CORE_USERS.some((user) => user === name);

/** @returns the arguments of ACL SETUSER that make it what `users.acl` says, whatever it was made since; the name first */
export function coreUserArguments(user: CoreUser, sha256: readonly string[]): string[] {
  return [user, 'reset', 'on', ...sha256.map((hash) => `#${hash}`), ...COMMON.split(' '), ...RIGHTS[user]];
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** `default` is off, or a Redis that comes back empty would let everyone in. */
export function usersAcl(passwords: CorePasswords): string {
  const lines = CORE_USERS.map((user) => {
    const hashes = passwords[user].map((password) => `#${sha256(password)}`).join(' ');
    return `user ${user} on ${hashes} ${COMMON} ${RIGHTS[user].join(' ')}`;
  });
  return ['user default off', ...lines, ''].join('\n');
}
