/**
 * What every memory store owes the memory service: the fake, the embedded engine on disk, and a server. The server is
 * the embedded engine's RPC behind a WebSocket (`support/servers/surreal-server.ts`).
 */
import '../../support/force-exit.ts';
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NewMemory, Recall } from '../../../orchestrator/src/domain/ports/stores.ts';
import { type OpenedStore, openFake, REAL_PLACES } from '../../support/builders/memory-places.ts';
import { fakeMemoryStore } from '../../support/fakes/fake-memory-store.ts';

const memory = (id: string, content: string, more: Partial<NewMemory> = {}): NewMemory => ({
  id,
  content,
  tags: [],
  embedding: null,
  ...more,
});
const words = (text: string, more: Partial<Recall> = {}): Recall => ({
  text,
  embedding: null,
  tags: [],
  limit: 10,
  ...more,
});
const meaning = (embedding: number[], more: Partial<Recall> = {}) => words('', { text: null, embedding, ...more });
const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);

for (const [name, open] of Object.entries({ 'the fake': openFake, ...REAL_PLACES })) {
  describe(`a memory store: ${name}`, { timeout: 60_000 }, () => {
    const own: { opened: OpenedStore | null } = { opened: null };
    before(async () => {
      own.opened = await open();
    });
    after(() => own.opened?.close());
    const store = () => own.opened?.store ?? fakeMemoryStore();

    test('gives back what was remembered, with its tags and its time', async () => {
      const stored = await store().remember('ada', memory('m1', 'The kettle is in the kitchen', { tags: ['home'] }));
      assert.deepEqual(
        { ...stored, created_at: '' },
        {
          id: 'm1',
          content: 'The kettle is in the kitchen',
          tags: ['home'],
          created_at: '',
        },
      );
      assert.ok(Math.abs(Date.parse(stored.created_at) - Date.now()) < 60_000, stored.created_at);
      const [found] = await store().recall('ada', words('kettle'));
      assert.deepEqual({ ...found, score: 0 }, { ...stored, score: 0 });
    });

    test('stores one id once, whatever comes with it the second time', async () => {
      const first = await store().remember('once', memory('m1', 'first', { embedding: [1, 0] }));
      const again = await store().remember('once', memory('m1', 'second', { embedding: [0, 1] }));
      assert.deepEqual(again, first);
      assert.deepEqual(ids(await store().recall('once', words('second'))), []);
      const many = Array.from({ length: 30 }, (_, n) => store().remember('once', memory(`m${n % 3}`, `again ${n}`)));
      await Promise.all(many);
      assert.equal((await store().recall('once', words('first again', { limit: 50 }))).length, 3);
    });

    test('finds words, the rarer and the more of them the better, without accents or case', async () => {
      await store().remember('words', memory('a', 'Le café est prêt dans la cuisine'));
      await store().remember('words', memory('b', 'La cuisine est propre'));
      await store().remember('words', memory('c', 'Il pleut sur Nantes'));
      assert.deepEqual(ids(await store().recall('words', words('CAFE cuisine'))), ['a', 'b']);
      assert.deepEqual(ids(await store().recall('words', words('nantes'))), ['c']);
      assert.deepEqual(ids(await store().recall('words', words('nothing of that'))), []);
    });

    test('finds what is near, then what has the words', async () => {
      await store().remember('near', memory('n', 'north', { embedding: [0, 1, 0] }));
      await store().remember('near', memory('e', 'east', { embedding: [1, 0, 0] }));
      await store().remember('near', memory('x', 'north-east', { embedding: [1, 1, 0] }));
      await store().remember('near', memory('w', 'no vector, but the word west'));
      const found = await store().recall('near', meaning([0.1, 1, 0], { limit: 2 }));
      assert.deepEqual(ids(found), ['n', 'x']);
      assert.ok(found.every(({ score }) => score > 0.6 && score <= 1.0001));
      assert.deepEqual(ids(await store().recall('near', words('west', { embedding: [0, 1, 0] }))).at(-1), 'w');
    });

    test('keeps vectors of several sizes apart: a model may be replaced', async () => {
      await store().remember('sizes', memory('small', 'small', { embedding: [1, 0] }));
      await store().remember('sizes', memory('large', 'large', { embedding: [1, 0, 0, 0, 0] }));
      assert.deepEqual(ids(await store().recall('sizes', meaning([1, 0]))), ['small']);
      assert.deepEqual(ids(await store().recall('sizes', meaning([1, 0, 0, 0, 0]))), ['large']);
      assert.deepEqual(ids(await store().recall('sizes', meaning([1, 0, 0]))), []);
    });

    test('looks only at what carries all tags', async () => {
      const tagged = (id: string, tags: string[]) => memory(id, 'the same words', { tags, embedding: [1, 1] });
      await store().remember('tags', tagged('a', ['x']));
      await store().remember('tags', tagged('b', ['x', 'y']));
      await store().remember('tags', tagged('c', []));
      assert.deepEqual(ids(await store().recall('tags', words('words', { tags: ['x', 'y'] }))), ['b']);
      assert.deepEqual(ids(await store().recall('tags', meaning([1, 1], { tags: ['x'] }))).sort(), ['a', 'b']);
    });

    test('knows nothing of one agent when another asks', async () => {
      await store().remember('bob', memory('secret', 'the code is 4711', { embedding: [1, 2, 3] }));
      assert.deepEqual(await store().recall('eve', words('code 4711')), []);
      assert.deepEqual(await store().recall('eve', meaning([1, 2, 3])), []);
      const own = await store().remember('eve', memory('secret', 'mine'));
      assert.equal(own.content, 'mine');
    });
  });
}
