/** The runtime around an agent, for tests of its logic alone: what it sends is kept, tasks run when the test says so. */
import type { AgentHost, Message, Outgoing, Profile, ServiceCall, TaskSpec } from '@hairem/agent';

export interface FakeAgentHost extends AgentHost {
  readonly sent: Outgoing[];
  readonly tasks: TaskSpec[];
  readonly warnings: string[];
  profile: Profile;
  /** What was asked of services. */
  readonly requests: ServiceCall[];
  /** Answers requests; by default nobody does. */
  onRequest: (call: ServiceCall) => unknown;
  /** Set to make every `send` fail. */
  sendError: Error | null;
  /** Asks a command as a message from `user` would. @returns the result; throws what the handler throws */
  command(name: string, args?: Record<string, unknown>, message?: Message): Promise<unknown>;
}

export function fakeAgentHost(profile: Partial<Profile> = {}, id = 'tested'): FakeAgentHost {
  const host: FakeAgentHost = {
    id,
    instance: 1,
    sent: [],
    tasks: [],
    requests: [],
    onRequest: () => {
      throw new Error('nobody answers here');
    },
    warnings: [],
    sendError: null,
    profile: {
      name: id,
      role: null,
      description: null,
      config: {},
      persona: null,
      llm_config: {},
      skills: [],
      ...profile,
    },
    secrets: {},
    log: { debug() {}, info() {}, warn: (text) => host.warnings.push(text), error() {} },
    ctx: { history: [], state: new Map(), user: null, remember() {} },
    commands: new Map(),
    skills: new Map(),
    async send(outgoing) {
      if (host.sendError) throw host.sendError;
      host.sent.push(outgoing);
      return `1.${host.sent.length}`;
    },
    ask: () => Promise.reject(new Error('nobody answers here')),
    async request(call) {
      host.requests.push(call);
      return host.onRequest(call);
    },
    spawnTask: (task) => host.tasks.push(task),
    stop() {},
    async command(name, args = {}, message = aMessage({ type: 'expert.command', payload: { command: name, args } })) {
      const handler = host.commands.get(name);
      if (!handler) throw new Error(`no such command: ${name}`);
      return handler(args, message);
    },
  };
  return host;
}

let messages = 0;

/** A message from `user`; what is given replaces its defaults. */
export function aMessage(parts: Partial<Message> = {}): Message {
  messages += 1;
  return {
    id: `message-${messages}`,
    timestamp: '2030-01-01T00:00:00Z',
    type: 'user_message',
    sender: { agent_id: 'user' },
    recipient: { target: 'tested' },
    payload: { content: 'hello' },
    metadata: { priority: 'normal', ttl: 5, chain: [], redelivered: false },
    ...parts,
  };
}
