/**
 * What an instance says of itself in a heartbeat, as far as a record shows it. One that says a little too much is cut
 * and goes on; what no SDK says does not parse (`domain/messages/control.ts`). Pure.
 */
import type { StatusOf } from './status-inbox.ts';

type Heartbeat = StatusOf<'heartbeat'>;

const MOST = { tasks: 64, hindered: 64, commands: 128, skills: 128, dropped: 32 } as const;
const NAME = 100;
const DESCRIPTION = 400;
const ERROR = 300;

/** @returns which fields are shorter now, too; a field that is short enough is the same */
export function boundHeartbeat(said: Heartbeat): { beat: Heartbeat; cut: readonly string[] } {
  const { hindered } = said;
  const beat: Heartbeat = {
    ...said,
    tasks: list(said.tasks, MOST.tasks, shortTask),
    commands: list(said.commands, MOST.commands, shortName),
    skills: list(said.skills, MOST.skills, shortSkill),
    dropped: shortCounts(said.dropped),
    ...(hindered === undefined ? {} : { hindered: list(hindered, MOST.hindered, shortName) }),
  };
  const fields = ['tasks', 'hindered', 'commands', 'skills', 'dropped'] as const;
  return { beat, cut: fields.filter((field) => beat[field] !== said[field]) };
}

/** The list itself where nothing of it is too long. */
function list<T>(values: T[], most: number, short: (value: T) => T): T[] {
  const isShort = values.length <= most && values.every((value) => short(value) === value);
  return isShort ? values : values.slice(0, most).map(short);
}

function shortTask(task: Heartbeat['tasks'][number]): Heartbeat['tasks'][number] {
  const error = task.error ?? '';
  if (task.name.length <= NAME && error.length <= ERROR) return task;
  return { ...task, name: shortName(task.name), ...(error === '' ? {} : { error: stack(error) }) };
}

function shortSkill(skill: Heartbeat['skills'][number]): Heartbeat['skills'][number] {
  const { name, description } = skill;
  if (name.length <= NAME && description.length <= DESCRIPTION) return skill;
  return { name: shortName(name), description: text(description, DESCRIPTION) };
}

function shortCounts(dropped: Heartbeat['dropped']): Heartbeat['dropped'] {
  const counts = Object.entries(dropped);
  if (counts.length <= MOST.dropped && counts.every(([reason]) => reason.length <= NAME)) return dropped;
  return Object.fromEntries(counts.slice(0, MOST.dropped).map(([reason, count]) => [shortName(reason), count]));
}

/** Node says what went wrong in the first line, Python in the last: what is between them goes. */
const stack = (error: string) =>
  error.length > ERROR ? `${error.slice(0, ERROR / 3)} … ${error.slice(3 - (2 * ERROR) / 3)}` : error;
const text = (value: string, most: number) => (value.length > most ? `${value.slice(0, most - 1)}…` : value);
const shortName = (name: string) => text(name, NAME);
