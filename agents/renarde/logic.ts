/**
 * Renarde: meets everyone at the door. Her language model decides, by her persona; here is how she finds out who can do
 * what and hands a wish on, and what she says where there is no model.
 */
import { type AgentRecord, BaseAgent, type JsonObject, type Message, SendError } from '@hairem/agent';

/** Seconds that she waits for a colleague, who may have to think. */
const PATIENCE = 120;

export class Agent extends BaseAgent {
  /** What people say to nobody by name is for her. */
  override async onMessage(message: Message): Promise<void> {
    const forHer = message.type === 'user_message' && message.recipient.target === 'broadcast';
    const mine = forHer && !(await this.#namesSomebody(String(message.payload.content)));
    await super.onMessage(mine ? { ...message, recipient: { ...message.recipient, target: this.id } } : message);
  }

  /** Skill: members of the crew with this capability, or the whole crew where nobody has it. */
  async who_can({ capability }: JsonObject): Promise<JsonObject> {
    const wanted = plain(String(capability));
    const crew = await this.#colleagues();
    const able = crew.filter((one) => texts(one).some((text) => plain(text).includes(wanted)));
    if (able.length > 0) return { can: able.map(introduced) };
    return { can: [], note: 'nobody says so; these are all', crew: crew.map(introduced) };
  }

  /** Skill: says it to a colleague and waits for the answer. */
  async delegate({ agent, request }: JsonObject): Promise<JsonObject> {
    const wanted = plain(String(agent));
    const colleague = (await this.#colleagues()).find(({ id, name }) => [id, plain(name)].includes(wanted));
    if (!colleague) return { error: `there is no ${agent} in the crew now` };
    try {
      const said = await this.ask(
        colleague.id,
        'narrative.text',
        { content: String(request), format: 'text' },
        { timeout: PATIENCE },
      );
      return { from: colleague.name, answer: said.payload.content };
    } catch (error) {
      if (!(error instanceof SendError) || error.code === 'cancelled') throw error;
      return { error: `${colleague.name} did not answer: ${error.message}` };
    }
  }

  /** She cannot understand a wish then, but she knows the house. */
  override async withoutModel(_message: Message, why: string): Promise<string> {
    const crew = await this.#colleagues().catch(() => []);
    const known = crew.map(({ name, description, commands }) => {
      const understands = Array.isArray(commands) && commands.length > 0 ? ` (${commands.join(', ')})` : '';
      return `${name}: ${description ?? 'says nothing of itself'}${understands}`;
    });
    const house = known.length > 0 ? ` Here are:\n${known.join('\n')}` : '';
    return `${this.profile.name} hears you, but cannot think: ${why}.${house}`;
  }

  async #colleagues(): Promise<AgentRecord[]> {
    return (await this.registry.list()).filter(({ id, active }) => active && id !== this.id);
  }

  async #namesSomebody(text: string): Promise<boolean> {
    const words = plain(text);
    const crew = await this.registry.list().catch(() => []);
    return crew.some(({ id, name }) => words.includes(plain(name)) || words.includes(id));
  }
}

/** Without case and accents, as people type. */
function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().trim();
}

function texts({ id, name, description, capabilities, skills }: AgentRecord): string[] {
  const named = (Array.isArray(skills) ? skills : []) as { name: string; description: string }[];
  return [id, name, description ?? '', ...capabilities, ...named.flatMap((skill) => [skill.name, skill.description])];
}

function introduced({ id, name, description, capabilities }: AgentRecord): JsonObject {
  return { id, name, description, capabilities };
}
