/** What timer.set takes, what it refuses and in which words, and when a timer is due. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { afterFiring, localTime, newTimer, readName, readRules, type Setting } from '../../../agents/horloge/timer.ts';

const SUNDAY_NOON = new Date('2030-01-06T12:00:00Z');
const rules = readRules({}, 'Europe/Paris');
const setting: Setting = { now: SUNDAY_NOON, rules, command: 'c1', setBy: 'user', taken: new Set() };

describe('when a timer is due', () => {
  const cases: [what: string, args: Record<string, unknown>, due: string][] = [
    ['seconds from now', { seconds: 90 }, '2030-01-06T12:01:30.000Z'],
    ['a time of day still to come, in the zone of the config', { at: '14:30' }, '2030-01-06T13:30:00.000Z'],
    ['a time of day that is over: tomorrow', { at: '7:05' }, '2030-01-07T06:05:00.000Z'],
    ['a local date and time', { at: '2030-07-01 08:00' }, '2030-07-01T06:00:00.000Z'],
    ['a date and time with its own zone', { at: '2030-07-01T08:00:00-04:00' }, '2030-07-01T12:00:00.000Z'],
    ['a schedule: its first time', { cron: '30  7 * * 1-5' }, '2030-01-07T06:30:00.000Z'],
  ];
  for (const [what, args, due] of cases) {
    test(what, () => assert.equal(newTimer({ text: 'tea', ...args }, setting).due, due));
  }

  test('a schedule comes again, over the change to summer time too', () => {
    const daily = newTimer({ text: 'tea', cron: '30 7 * * *' }, { ...setting, now: new Date('2030-03-30T00:00:00Z') });
    const again = afterFiring(daily, new Date(daily.due), rules.timezone);
    assert.deepEqual([daily.due, again?.due], ['2030-03-30T06:30:00.000Z', '2030-03-31T05:30:00.000Z']);
  });

  for (const [cron, from, ...dues] of [
    ['0 8 * * *', '2030-10-26T00:00:00Z', '2030-10-26T06:00:00.000Z', '2030-10-27T07:00:00.000Z'],
    // 02:30 does not come on the 31st of March: 03:00 does in its place; on the 27th of October it comes twice.
    [
      '30 2 * * *',
      '2030-03-30T00:00:00Z',
      '2030-03-30T01:30:00.000Z',
      '2030-03-31T01:00:00.000Z',
      '2030-04-01T00:30:00.000Z',
    ],
    ['30 2 * * *', '2030-10-26T12:00:00Z', '2030-10-27T00:30:00.000Z', '2030-10-28T01:30:00.000Z'],
  ] as const) {
    test(`${cron} from ${from}, in local time over the change`, () => {
      let timer = newTimer({ text: 'tea', cron }, { ...setting, now: new Date(from) });
      const came = [timer.due];
      while (came.length < dues.length) {
        timer = afterFiring(timer, new Date(timer.due), rules.timezone) ?? timer;
        came.push(timer.due);
      }
      assert.deepEqual(came, dues);
    });
  }

  test('null and nothing are left out', () => {
    const timer = newTimer({ text: 'tea', seconds: 60, at: null, cron: '', name: ' ' }, setting);
    assert.deepEqual([timer.due, timer.cron, timer.name], ['2030-01-06T12:01:00.000Z', null, 'timer 1']);
  });

  test('is said as people in the zone say it', () => {
    assert.equal(localTime('2030-07-01T06:00:00.000Z', 'Europe/Paris'), '2030-07-01 08:00 (Europe/Paris)');
  });

  test('one that missed many turns comes once, then next time', () => {
    const daily = newTimer({ text: 'tea', cron: '30 7 * * *' }, setting);
    const again = afterFiring(daily, new Date('2030-02-01T12:00:00Z'), rules.timezone);
    assert.equal(again?.due, '2030-02-02T06:30:00.000Z');
  });

  test('a timer for once does not come again', () => {
    const once = newTimer({ text: 'tea', seconds: 5 }, setting);
    assert.equal(afterFiring(once, SUNDAY_NOON, rules.timezone), null);
  });
});

describe('names', () => {
  test('without one the first free number is taken', () => {
    const taken = new Set(['timer 1', 'timer 3']);
    assert.equal(newTimer({ text: 'tea', seconds: 1 }, { ...setting, taken }).name, 'timer 2');
  });

  test('spelling does not matter', () => assert.equal(readName('  Pa\u0302tes '), 'p\u00e2tes'));

  for (const name of ['', ' ', '../x', 'a/b', 'x'.repeat(41), 7, null, 'a\nb']) {
    test(`${JSON.stringify(name)} is refused`, () => assert.throws(() => readName(name), /name must be/));
  }
});

describe('what is refused says why', () => {
  const cases: [args: Record<string, unknown>, error: RegExp][] = [
    [{ seconds: 5 }, /text must say/],
    [{ seconds: 5, text: '  ' }, /text must say/],
    [{ seconds: 5, text: 'x'.repeat(501) }, /500 characters/],
    [{ text: 'tea' }, /one of seconds, at or cron/],
    [{ text: 'tea', seconds: 5, at: '07:30' }, /one of seconds, at or cron/],
    [{ text: 'tea', second: 5 }, /no argument is called "second"/],
    [{ text: 'tea', seconds: '5' }, /seconds must be a whole number/],
    [{ text: 'tea', seconds: 0 }, /seconds must be a whole number/],
    [{ text: 'tea', seconds: 1e9 }, /366 days/],
    [{ text: 'tea', at: 'soon' }, /at must be a time such as/],
    [{ text: 'tea', at: '25:00' }, /at must be a time such as/],
    [{ text: 'tea', at: '2030-02-30T10:00' }, /no such date/],
    [{ text: 'tea', at: '2029-01-01T10:00' }, /in the past/],
    [{ text: 'tea', at: '2029-01-01T10:00Z' }, /in the past/],
    [{ text: 'tea', at: '2030-02-30T10:00Z' }, /no such date/],
    [{ text: 'tea', at: '2030-01-31T25:00Z' }, /in the past, or no such time/],
    [{ text: 'tea', at: '2030-13-01T10:00Z' }, /no such date/],
    [{ text: 'tea', cron: '* * * *' }, /cron must have five fields/],
    [{ text: 'tea', cron: '* * * * * *' }, /cron must have five fields/],
    [{ text: 'tea', cron: '61 * * * *' }, /not understood: 61/],
    [{ text: 'tea', cron: '0 0 30 2 *' }, /never comes/],
  ];
  for (const [args, error] of cases) {
    test(JSON.stringify(args).slice(0, 60), () => assert.throws(() => newTimer(args, setting), error));
  }
});

describe('config', () => {
  const cases: [config: Record<string, unknown>, error: RegExp][] = [
    [{ timezone: 'Mars/North' }, /config.timezone/],
    [{ max_timers: 0 }, /config.max_timers/],
    [{ announcement: 'ding' }, /config.announcement/],
  ];
  for (const [config, error] of cases) {
    test(JSON.stringify(config), () => assert.throws(() => readRules(config, 'UTC'), error));
  }
});
