/** No secret comes through, in any spelling and however the text is cut; and what is no secret is left as it is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAutomaton } from '../../../orchestrator/src/redact/automaton.ts';
import { spellingsOf } from '../../../orchestrator/src/redact/encodings.ts';
import { MASK, redactStream } from '../../../orchestrator/src/redact/redact-stream.ts';
import { createRedactor } from '../../../orchestrator/src/redact/redactor.ts';
import { type Random, seeded } from '../../support/handover/random.ts';

function hiding(...secrets: string[]) {
  const redactor = createRedactor();
  redactor.hide(secrets);
  return redactor;
}

const ALPHABET = [...'abcABC019+/=_-. "\\\'&%<\nüß漢🔑'];

function randomText(random: Random, longest: number, alphabet: readonly string[] = ALPHABET): string {
  const length = Math.floor(random.next() * longest);
  return Array.from({ length }, () => random.pick(alphabet)).join('');
}

const randomSecret = (random: Random) => `${randomText(random, 40)}S${randomText(random, 6)}-cret`;

/** As programs write it: into a URL, into JSON, and between other bytes that are encoded together with it. */
function written(random: Random, secret: string): string {
  const around = `${'x'.repeat(Math.floor(random.next() * 4))}${secret}${'y'.repeat(Math.floor(random.next() * 4))}`;
  const ways = [
    () => secret,
    () => JSON.stringify({ a: secret }),
    () => JSON.stringify(JSON.stringify({ a: secret })),
    () => `https://x/?t=${encodeURIComponent(secret.toWellFormed())}`,
    () => new URLSearchParams({ t: secret }).toString(),
    () => Buffer.from(around).toString('base64'),
    () => Buffer.from(around).toString('base64url'),
    () => Buffer.from(around).toString('hex'),
  ];
  return random.pick(ways)?.() ?? '';
}

function pieces(random: Random, text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = 1 + Math.floor(random.next() * 12);
    found.push(text.slice(at, at + size));
    at += size;
  }
  return found;
}

describe('whatever the secrets and the text', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    test(`seed ${seed}`, () => {
      const random = seeded(seed);
      const secrets = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => randomSecret(random));
      const redactor = hiding(...secrets);
      const told = Array.from({ length: 12 }, () =>
        random.chance(0.5) ? written(random, random.pick(secrets) ?? '') : randomText(random, 60),
      ).join(random.chance(0.5) ? '' : '\n');
      const stream = redactor.stream();
      const shown = pieces(random, told).map((piece) => stream.push(piece));
      const whole = shown.join('') + stream.end();
      for (const spelling of secrets.flatMap(spellingsOf))
        assert.ok(!whole.includes(spelling), JSON.stringify(spelling));
      assert.equal(redactor.text(told), whole, 'in one piece it is the same');
    });
  }

  for (let seed = 1; seed <= 100; seed += 1) {
    test(`a text without secrets is left as it is: seed ${seed}`, () => {
      const random = seeded(seed);
      const secrets = [randomSecret(random), randomSecret(random)];
      const told = randomText(random, 400);
      const stream = hiding(...secrets).stream();
      const shown = pieces(random, told).map((piece) => stream.push(piece));
      assert.equal(shown.join('') + stream.end(), told);
    });
  }
});

describe('a secret', () => {
  const secret = 'sésame/open+"42"';

  test('is blanked out and what is around it stays', () => {
    assert.equal(hiding('sesame-open').text('at sesame-open, now'), `at ${MASK}, now`);
    assert.equal(hiding('sesame-open').text('sesame-opensesame-open'), MASK);
  });

  for (const [way, text] of [
    ['JSON', JSON.stringify(secret)],
    ['JSON of another language', '"s\\u00e9same/open+\\"42\\""'],
    ['a URL', encodeURIComponent(secret)],
    ['a URL in lower case', encodeURIComponent(secret).replaceAll(/%../g, (hex) => hex.toLowerCase())],
    ['a form', new URLSearchParams([['a', secret]]).toString()],
    ['hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ...[0, 1, 2].flatMap((before) =>
      [0, 1, 2].map((after) => {
        const bytes = Buffer.from(`${'x'.repeat(before)}${secret}${'x'.repeat(after)}`);
        return [`base64, ${before} before and ${after} after`, bytes.toString('base64')] as const;
      }),
    ),
  ] as const) {
    test(`is found in ${way}`, () => assert.match(hiding(secret).text(text), /\*\*\*/));
  }

  test('of several lines is hidden line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----';
    assert.equal(hiding(key).text('MIIEvQIBADANBgkq'), MASK);
  });

  test('that is shorter than six characters is an ordinary word', () => {
    assert.equal(hiding('horse').text('a horse'), 'a horse');
  });

  test('stays hidden when another has replaced it', () => {
    const redactor = hiding('the-old-one');
    redactor.hide(['the-new-one']);
    assert.equal(redactor.text('the-old-one the-new-one'), `${MASK} ${MASK}`);
  });

  test('begun at the end of a text that was cut off is hidden, too', () => {
    assert.equal(hiding('sesame-open').cutText('it is sesame-o'), `it is ${MASK}`);
    assert.equal(hiding('sesame-open').cutText('it is ses'), 'it is ses');
  });
});

describe('a stream', () => {
  test('holds back no more than the longest secret, and says the rest at once', () => {
    const stream = hiding('sesame-open').stream();
    assert.equal(stream.push('hello ses'), 'hello ');
    assert.equal(stream.push('ame'), '');
    assert.equal(stream.push('!'), 'sesame!');
    assert.equal(stream.push('sesame-op'), '');
    assert.equal(stream.push('en, '), `${MASK}, `);
    assert.equal(stream.end(), '');
  });

  test('of nothing but the beginnings of a secret costs the same for each character', () => {
    const automaton = createAutomaton([`${'a'.repeat(2000)}b`]);
    let steps = 0;
    const counted = {
      ...automaton,
      ends(state: number) {
        steps += 1;
        return automaton.ends(state);
      },
    };
    const stream = redactStream(counted);
    let shown = 0;
    for (let i = 0; i < 100; i += 1) shown += stream.push('a'.repeat(1000)).length;
    assert.equal(steps, 100_000);
    assert.ok(shown >= 100_000 - 2000, 'what is held is bounded');
    assert.equal(shown + stream.end().length, 100_000);
  });
});
