/** The table of commands. Each is loaded when it is called, so that none pays for another. */
import type { Intent } from '../domain/ports/agents-control.ts';
import type { CommandSpec } from './command.ts';

const MANY = Number.POSITIVE_INFINITY;
const none = { min: 0, max: 0 };
const any = { min: 0, max: MANY };

const follow = { short: 'f', help: 'go on as more comes' };

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'ps',
    words: '',
    count: none,
    summary: 'the crew and how it is doing',
    options: {},
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  {
    name: 'logs',
    words: '<agent>',
    count: { min: 1, max: 1 },
    summary: 'what an agent and its build printed',
    options: {
      follow,
      tail: { value: 'LINES', help: 'how many lines from the end (200)' },
      since: { value: 'TIME', help: 'RFC 3339, or seconds since 1970' },
      timestamps: { short: 't', help: 'show when each line was written' },
    },
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'events',
    words: '[agent]',
    count: { min: 0, max: 1 },
    summary: 'what happens, as it happens',
    options: { heartbeats: { help: 'show heartbeats too' } },
    load: async () => (await import('./commands/events.ts')).events,
  },
  {
    name: 'plan',
    words: '[agent…]',
    count: any,
    summary: 'what would be done now, and why',
    options: {},
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  intent('start', 'start an agent that was stopped'),
  intent('stop', 'stop an agent until it is started again'),
  intent('restart', 'put a new instance of the same version in place'),
  intent('reload', 'look at its folder again, and try a refused version once more'),
  intent('rollback', 'go back to its last good version until its folder changes'),
  {
    name: 'allow',
    words: '[agent…]',
    count: any,
    summary: 'show what waits for your word, and accept it for these agents',
    options: { yes: { short: 'y', help: 'accept without asking' } },
    load: async () => (await import('./commands/allow.ts')).allow,
  },
  {
    name: 'send',
    words: '<agent> <text…>',
    takesText: true,
    count: { min: 1, max: MANY },
    summary: 'say something to an agent and print its reply; `-` reads it from stdin',
    options: {
      wait: { value: 'SECONDS', help: 'how long to wait for the reply (30); 0 does not wait' },
      command: { value: 'NAME', help: 'send an expert.command; the text is its arguments as JSON' },
      type: { value: 'TYPE', help: 'another type of message (user_message)' },
    },
    load: async () => (await import('./commands/send.ts')).send,
  },
  {
    name: 'wait',
    words: '[agent…]',
    count: any,
    summary: 'wait until the crew, or these agents, are active',
    options: { timeout: { value: 'SECONDS', help: 'give up after this time (300)' } },
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  {
    name: 'token',
    words: '',
    count: none,
    summary: "the API's token",
    options: {},
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'rotate',
    words: '',
    count: none,
    summary: "change every password, the API's token and every instance's credential, while the crew runs",
    options: { timeout: { value: 'SECONDS', help: 'give up waiting after this time (1800); run it again to go on' } },
    load: async () => (await import('./commands/rotate.ts')).rotate,
  },
  {
    name: 'doctor',
    words: '',
    count: none,
    summary: 'look for what is wrong, and say what to do',
    options: {},
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'validate',
    words: '[bundle…]',
    count: any,
    summary: 'check bundles without running them',
    options: {},
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    name: 'build',
    words: '[bundle…]',
    count: any,
    summary: "build bundles' images as the orchestrator would, for CI",
    options: {},
    load: async () => (await import('./commands/build.ts')).build,
  },
  {
    name: 'down-agents',
    words: '',
    count: none,
    summary: 'remove every agent, its network and its user on the bus; `./hairem down` calls it',
    options: {},
    load: async () => (await import('./commands/down-agents.ts')).downAgents,
  },
  {
    name: 'version',
    words: '',
    count: none,
    summary: 'the version of hAIrem',
    options: {},
    load: async () => (await import('./commands/version.ts')).version,
  },
];

function intent(name: Intent, summary: string): CommandSpec {
  return {
    name,
    words: '<agent…>',
    count: { min: 1, max: MANY },
    summary,
    options: {},
    load: async () => (await import('./commands/intent.ts')).intend(name),
  };
}
