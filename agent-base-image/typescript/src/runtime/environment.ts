/** The environment of an instance's container; its password and its control key are taken out once they are read. */
import type { ConnectionOptions } from './connection.ts';
import { type ControlSeal, createControlSeal } from './control-seal.ts';

export interface Environment {
  agent: string;
  inst: number;
  connection: ConnectionOptions;
  seal: ControlSeal;
}

/** Throws an error that names the variable. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const agent = needed(env, 'HAIREM_AGENT');
  const inst = wholeNumber('HAIREM_INSTANCE', needed(env, 'HAIREM_INSTANCE'));
  const password = needed(env, 'HAIREM_REDIS_PASSWORD');
  delete env.HAIREM_REDIS_PASSWORD;
  const seal = createControlSeal(controlKey(needed(env, 'HAIREM_CONTROL_KEY')));
  delete env.HAIREM_CONTROL_KEY;
  const port = wholeNumber('HAIREM_REDIS_PORT', env.HAIREM_REDIS_PORT ?? '6379');
  const host = env.HAIREM_REDIS_HOST ?? 'redis';
  return { agent, inst, connection: { host, port, username: `${agent}.${inst}`, password }, seal };
}

/** `<key>.<serial>`; the serial is what the orchestrator had said last when it made this instance. */
function controlKey(text: string): { key: string; after: number } {
  const [, key, serial] = /^([\w-]{43})\.([0-9]{1,16})$/.exec(text) ?? [];
  if (!key) throw new Error('HAIREM_CONTROL_KEY is no control key: this program is started by the orchestrator');
  return { key, after: Number(serial) };
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
