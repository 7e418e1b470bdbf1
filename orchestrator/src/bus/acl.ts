/** The ACL line of one instance, exactly as BUS.md has it: selectors, because plain patterns allow publish and subscribe alike. */
import { userOf } from '../domain/agent.ts';
import { SPEAKING_SERVICES } from '../domain/messages/service-call.ts';
import type { InstanceUser } from '../domain/ports/ports.ts';

/** @returns the arguments of ACL SETUSER, the user name first */
export function aclArguments({ agent, inst, passwordSha256, topics }: InstanceUser): string[] {
  const targets = topics ? [...new Set([...topics, 'user'])] : ['*'];
  const publish = targets.map((target) => `&agent:${target}:${agent}`).join(' ');
  const reply = `re:${agent}:${inst}`;
  const replies = [reply, ...SPEAKING_SERVICES.map((service) => `${reply}:${service}`)]
    .map((name) => `&${name}`)
    .join(' ');
  const asks = ['registry', ...SPEAKING_SERVICES].map((service) => `&svc:${service}:${agent}:${inst}`).join(' ');
  return [
    userOf(agent, inst),
    'reset',
    'on',
    `#${passwordSha256}`,
    'resetchannels',
    '-@all',
    '+ping',
    '+hello',
    '+auth',
    '+client|setname',
    `(+subscribe +unsubscribe &ctl:${agent} ${replies} &registry:events)`,
    `(+psubscribe +punsubscribe &agent:${agent}:* &broadcast:* &st:${agent}:*)`,
    `(+publish ${publish} &broadcast:${agent} &st:${agent}:${inst} ${asks})`,
  ];
}

/** An instance's user among all users of the server: `<agent>.<number>`. */
export const isInstanceUser = (name: string) => /^[a-z0-9-]+\.[1-9][0-9]*$/.test(name);
