/** What a timer is, how one is read from the arguments of a command, and when it is due next. Pure: time is given. */
import type { JsonObject } from '@hairem/agent';
import { Cron } from 'croner';

export interface Timer {
  /** Lower case, unique. */
  readonly name: string;
  readonly text: string;
  /** RFC 3339, UTC. */
  readonly due: string;
  /** Five fields in the zone of the rules; null for once only. */
  readonly cron: string | null;
  /** The id of the command that made it: the same command again makes no second one. */
  readonly command: string;
  readonly set_by: string;
}

export interface Rules {
  /** IANA name; what `at` and `cron` mean. */
  readonly timezone: string;
  readonly maxTimers: number;
  /** What is said to the user; `{name}` and `{text}` are filled in. */
  readonly announcement: string;
}

/** Where a timer comes from, and what there is already. */
export interface Setting {
  readonly now: Date;
  readonly rules: Rules;
  readonly command: string;
  readonly setBy: string;
  readonly taken: ReadonlySet<string>;
}

const MAX_SECONDS = 366 * 86_400;
const MAX_TEXT = 500;
const ARGUMENTS = ['name', 'seconds', 'at', 'cron', 'text'];
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} _-]{0,39}$/u;
const TIME_OF_DAY = /^(?:[01]?\d|2[0-3]):[0-5]\d$/;
const DATE_AND_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;

/** Throws an Error that says what was expected. */
export function newTimer(given: JsonObject, setting: Setting): Timer {
  const args = Object.fromEntries(Object.entries(given).filter(([, value]) => !isLeftOut(value)));
  const unknown = Object.keys(args).find((key) => !ARGUMENTS.includes(key));
  if (unknown !== undefined) throw new Error(`no argument is called "${unknown}" (there are: ${ARGUMENTS.join(', ')})`);
  const text = readText(args.text);
  const when = readWhen(args, setting);
  const name = args.name === undefined ? freeName(setting.taken) : readName(args.name);
  return { name, text, ...when, command: setting.command, set_by: setting.setBy };
}

/** @returns the timer with its next time after `now`, or null where it was the last one */
export function afterFiring(timer: Timer, now: Date, timezone: string): Timer | null {
  const next = timer.cron === null ? null : nextOf(timer.cron, now, timezone);
  return next && { ...timer, due: next.toISOString() };
}

/** Spelling does not matter: "Pasta " is "pasta". */
export function readName(value: unknown): string {
  const name = typeof value === 'string' ? value.normalize('NFC').trim().toLowerCase() : '';
  if (!NAME.test(name)) throw new Error('name must be 1 to 40 letters, digits, spaces, "-" or "_"');
  return name;
}

/**
 * Reads `config` of the manifest. Throws an Error that names the key.
 * @param home the time zone where it says none
 */
export function readRules(config: JsonObject, home: string): Rules {
  const { timezone = home, max_timers: maxTimers = 100, announcement = '{text}' } = config;
  if (typeof timezone !== 'string' || !isTimezone(timezone)) {
    throw new Error('config.timezone must be the name of a time zone, for example Europe/Paris');
  }
  if (!isWhole(maxTimers, 1, 1000)) throw new Error('config.max_timers must be a whole number from 1 to 1000');
  if (typeof announcement !== 'string' || !announcement.includes('{text}')) {
    throw new Error('config.announcement must be a text with {text} in it');
  }
  return { timezone, maxTimers, announcement };
}

function readText(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : '';
  if (!text || text.length > MAX_TEXT)
    throw new Error(`text must say in 1 to ${MAX_TEXT} characters what to remind of`);
  return text;
}

function readWhen(args: JsonObject, { now, rules }: Setting): Pick<Timer, 'due' | 'cron'> {
  const given = ['seconds', 'at', 'cron'].filter((key) => args[key] !== undefined);
  if (given.length !== 1) throw new Error('say when by one of seconds, at or cron');
  if (args.cron !== undefined) {
    const cron = readCron(args.cron);
    return { due: firstOf(cron, now, rules.timezone).toISOString(), cron };
  }
  const due = args.at === undefined ? readSeconds(args.seconds, now) : readAt(args.at, now, rules.timezone);
  return { due: due.toISOString(), cron: null };
}

function readSeconds(value: unknown, now: Date): Date {
  if (!isWhole(value, 1, MAX_SECONDS)) {
    throw new Error(`seconds must be a whole number from 1 to ${MAX_SECONDS} (366 days)`);
  }
  return new Date(now.getTime() + value * 1000);
}

function readAt(value: unknown, now: Date, timezone: string): Date {
  const text = typeof value === 'string' ? value.trim() : '';
  if (TIME_OF_DAY.test(text)) {
    const [hour, minute] = text.split(':').map(Number);
    return firstOf(`${minute} ${hour} * * *`, now, timezone);
  }
  const zone = DATE_AND_TIME.exec(text);
  if (!zone) throw new Error('at must be a time such as 07:30, or a date and time such as 2030-01-31T07:30');
  const iso = text.replace(' ', 'T');
  if (!isDate(iso.slice(0, 10))) throw new Error(`at names no such date: ${text}`);
  const due = zone[1] === undefined ? nextOf(iso, now, timezone) : new Date(iso);
  if (!due || !(due > now)) throw new Error(`at is in the past, or no such time: ${text}`);
  return due;
}

function readCron(value: unknown): string {
  const cron = typeof value === 'string' ? value.trim().replaceAll(/\s+/g, ' ') : '';
  if (cron.split(' ').length !== 5) {
    throw new Error('cron must have five fields: minute, hour, day, month, weekday, for example 30 7 * * 1-5');
  }
  return cron;
}

function firstOf(cron: string, now: Date, timezone: string): Date {
  const next = nextOf(cron, now, timezone);
  if (!next) throw new Error(`cron names a time that never comes: ${cron}`);
  return next;
}

/** @param pattern a cron expression, or a local date and time */
function nextOf(pattern: string, now: Date, timezone: string): Date | null {
  try {
    return new Cron(pattern, { timezone, mode: '5-part' }).nextRun(now);
  } catch (cause) {
    throw new Error(`not understood: ${pattern} (${(cause as Error).message})`, { cause });
  }
}

/** Who leaves something out may write null or nothing in its place. */
const isLeftOut = (value: unknown) => value === null || (typeof value === 'string' && value.trim() === '');

/** As people in this zone say it: `2030-01-31 07:30 (Europe/Paris)`. */
export function localTime(due: string, timeZone: string): string {
  const clock = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
  return `${new Date(due).toLocaleString('sv-SE', clock)} (${timeZone})`;
}

function freeName(taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`timer ${number}`)) number += 1;
  return `timer ${number}`;
}

/** Date would read the 30th of February as the 2nd of March. */
function isDate(date: string): boolean {
  const time = Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

function isTimezone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

function isWhole(value: unknown, from: number, to: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to;
}
