/** The environment of an instance's container; its password is taken out once it is read. */
import type { ConnectionOptions } from './connection.ts';

export interface Environment {
  agent: string;
  inst: number;
  connection: ConnectionOptions;
}

/** Throws an error that names the variable. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const agent = needed(env, 'HAIREM_AGENT');
  const inst = wholeNumber('HAIREM_INSTANCE', needed(env, 'HAIREM_INSTANCE'));
  const password = needed(env, 'HAIREM_REDIS_PASSWORD');
  delete env.HAIREM_REDIS_PASSWORD;
  const port = wholeNumber('HAIREM_REDIS_PORT', env.HAIREM_REDIS_PORT ?? '6379');
  const host = env.HAIREM_REDIS_HOST ?? 'redis';
  return { agent, inst, connection: { host, port, username: `${agent}.${inst}`, password } };
}

function needed(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: this program is started by the orchestrator`);
  return value;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number above 0, not ${text}`);
  return value;
}
