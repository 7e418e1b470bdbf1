/**
 * What an instance says of itself in a heartbeat, as far as a record shows it. One that says a little too much is cut
 * and goes on; what no SDK says does not parse (`domain/control.ts`). Pure.
 */
import type { StatusOf } from './voices.ts';

type Heartbeat = StatusOf<'heartbeat'>;

const MOST = { tasks: 64, hindered: 64, commands: 128, skills: 128, dropped: 32 } as const;
const NAME = 100;
const DESCRIPTION = 400;
const ERROR = 300;

/** @returns which fields are shorter now, too */
export function boundHeartbeat(beat: Heartbeat): { beat: Heartbeat; cut: readonly string[] } {
  const bounded: Heartbeat = {
    ...beat,
    tasks: beat.tasks.slice(0, MOST.tasks).map(({ error, ...task }) => ({
      ...task,
      name: text(task.name, NAME),
      ...(error === undefined ? {} : { error: error === null ? null : stack(error) }),
    })),
    commands: names(beat.commands, MOST.commands),
    skills: beat.skills
      .slice(0, MOST.skills)
      .map(({ name, description }) => ({ name: text(name, NAME), description: text(description, DESCRIPTION) })),
    dropped: Object.fromEntries(
      Object.entries(beat.dropped)
        .slice(0, MOST.dropped)
        .map(([reason, count]) => [text(reason, NAME), count]),
    ),
    ...(beat.hindered === undefined ? {} : { hindered: names(beat.hindered, MOST.hindered) }),
  };
  const fields = ['tasks', 'hindered', 'commands', 'skills', 'dropped'] as const;
  const cut = fields.filter((field) => JSON.stringify(bounded[field]) !== JSON.stringify(beat[field]));
  return { beat: bounded, cut };
}

/** Node says what went wrong in the first line, Python in the last: what is between them goes. */
const stack = (error: string) =>
  error.length > ERROR ? `${error.slice(0, ERROR / 3)} … ${error.slice(3 - (2 * ERROR) / 3)}` : error;
const text = (value: string, most: number) => (value.length > most ? `${value.slice(0, most - 1)}…` : value);
const names = (values: readonly string[], most: number) => values.slice(0, most).map((name) => text(name, NAME));
