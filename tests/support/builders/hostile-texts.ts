/** What a hostile agent may put on any channel: shapes that have ended processes, and random ones, the same in each run. */

const around = (inner: string) =>
  `{"id":"1.x","timestamp":"2026-01-01T00:00:00Z","type":"narrative.text","inst":1,"term":1,"n":1,` +
  `"sender":{"agent_id":"mallory"},"recipient":{"target":"user"},"op":"get","args":${inner},"payload":{"content":${inner}},` +
  `"set":[["a",${inner}]],"soft":${inner},"error":${inner},"tasks":${inner},"skills":${inner},"metadata":{"chain":${inner}}}`;

const nested = (open: string, close: string, times: number, middle = '') =>
  open.repeat(times) + middle + close.repeat(times);

const SHAPES = [
  '',
  'null',
  'true',
  '0',
  '-0',
  '1e400',
  '-1e400',
  '"\\ud800"',
  '[]',
  '{}',
  '[null]',
  '{"__proto__":{"type":"mark"}}',
  '{"constructor":{"prototype":{}}}',
  '{"toJSON":1,"toString":null,"valueOf":[]}',
  '{"length":1e9}',
  '{"type":"__proto__"}',
  '{"type":"constructor","inst":1}',
  '{"type":{},"id":[],"inst":"1"}',
  nested('[', ']', 3_000),
  nested('[', ']', 100_000),
  nested('{"a":', '}', 100_000, '1'),
  '['.repeat(100_000),
  `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`,
  `[${'[],'.repeat(50_000)}0]`,
  '9'.repeat(10_000),
  `"${'\u0000'.repeat(10)}`,
];

const TYPES = [
  'heartbeat',
  'watermark',
  'context',
  'welcome',
  'cut',
  'mark',
  'request',
  'reply',
  'chunk',
  'failed',
  'hello',
];

/** A small generator whose numbers are the same in each run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

function anyValue(random: (below: number) => number, depth: number): unknown {
  const kind = random(depth > 5 ? 6 : 9);
  if (kind < 6) return [null, true, random(1000) - 500, 1e308, `t${random(99)}`, '\ud800'][kind];
  const members = Array.from({ length: random(4) }, () => anyValue(random, depth + 1));
  if (kind === 6) return members;
  const names = [
    'id',
    'type',
    'inst',
    'term',
    'error',
    'set',
    'payload',
    'sender',
    'agent_id',
    'tasks',
    'skills',
    'args',
  ];
  return Object.fromEntries(members.map((member) => [names[random(names.length)], member]));
}

export function hostileTexts(): string[] {
  const random = randomOf(7);
  const made = Array.from({ length: 500 }, () => {
    const value = anyValue(random, 0);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return JSON.stringify(isObject ? { type: TYPES[random(TYPES.length)], inst: 1, ...value } : value);
  });
  const typed = TYPES.flatMap((type) =>
    SHAPES.slice(0, 20).map((shape) => around(shape || '""').replace('narrative.text', type)),
  );
  return [...SHAPES, ...SHAPES.map((shape) => around(shape || '""')), ...typed, ...made];
}
