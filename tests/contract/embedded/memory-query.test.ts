/** SurrealQL of agents, on both real places: once per request, in their own database, and no way out of it. */
import '../../support/force-exit.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { checkQuery } from '../../../orchestrator/src/surql/check-query.ts';
import { type OpenedSurreal, REAL_PLACES } from '../../support/builders/memory-places.ts';
import { FINE_QUERIES } from '../../support/builders/query-texts.ts';

for (const [name, open] of Object.entries(REAL_PLACES)) {
  describe(`queries of agents: ${name}`, { timeout: 60_000 }, () => {
    const own: { opened: OpenedSurreal | null } = { opened: null };
    const opened = () => own.opened as OpenedSurreal;
    const unchecked = (agent: string, surql: string, vars: Record<string, unknown> = {}, id: string = randomUUID()) =>
      opened().store.query(agent, { id, surql, vars });
    /** As the memory service asks. */
    const query: typeof unchecked = async (agent, surql, ...rest) => {
      checkQuery(surql);
      return unchecked(agent, surql, ...rest);
    };
    const secretOf = (content: string) => ({ id: 'secret', content, tags: [], embedding: null });
    before(async () => {
      own.opened = await open();
      await opened().store.remember('bob', secretOf('only for bob'));
      await query('bob', 'CREATE vault:1 SET pin = 4711');
    });
    after(() => own.opened?.close());

    test('give one result per statement, as JSON', async () => {
      const surql =
        'CREATE lamp:1 SET on = $on, at = d"2026-01-01T00:00:00Z"; SELECT VALUE on FROM lamp; RETURN lamp:1';
      const results = await query('json', surql, { on: true });
      assert.deepEqual(results, [[{ id: 'lamp:1', on: true, at: '2026-01-01T00:00:00.000Z' }], [true], 'lamp:1']);
    });

    test('a memory that a query made is recalled by its words', async () => {
      await query('maker', 'CREATE type::table($table) CONTENT $data', {
        table: 'memory',
        data: { content: 'Ada has a cat called Tom', tags: [] },
      });
      const found = await opened().store.recall('maker', { text: 'the cat', embedding: null, limit: 3, tags: [] });
      assert.deepEqual(
        found.map(({ content }) => content),
        ['Ada has a cat called Tom'],
      );
    });

    const KEPT: [string, unknown, unknown][] = [
      ['a whole number beyond 2^53', 9007199254740993n, 9007199254740993n],
      ['the largest of 64 bits', 2n ** 63n - 1n, 2n ** 63n - 1n],
      ['the smallest of 64 bits', -(2n ** 63n), -(2n ** 63n)],
      ['a bigint that is a number for everybody', 5n, 5],
      ['a number', 9007199254740991, 9007199254740991],
      ['a fraction', 0.1 + 0.2, 0.1 + 0.2],
      ['a large fraction', 4503599627370495.5, 4503599627370495.5],
      ['a small one', 5e-324, 5e-324],
      ['several', { ids: [1144027923840143361n, 2] }, { ids: [1144027923840143361n, 2] }],
    ];
    for (const [name, given, got] of KEPT) {
      test(`keep ${name}`, async () => {
        const id = randomUUID();
        const surql = 'UPSERT kept:1 SET value = $value RETURN NONE; RETURN kept:1.value';
        assert.deepEqual(await query('numbers', surql, { value: given }, id), [[], got]);
        assert.deepEqual(await query('numbers', surql, { value: given }, id), [[], got], 'the answer that is kept');
        assert.deepEqual(await query('numbers', 'RETURN <string> kept:1.value = <string> $value', { value: given }), [
          true,
        ]);
      });
    }

    const SAID: [string, unknown][] = [
      ['RETURN 9007199254740993', 9007199254740993n],
      ['RETURN 9223372036854775807', 9223372036854775807n],
      ['RETURN 1.5dec', '1.5'],
      ['RETURN 12345678901234567890.5dec', '12345678901234567890.5'],
      ['RETURN 1h30m', '1h30m'],
      ['RETURN 1f / 0f', 'Infinity'],
      ['RETURN -1f / 0f', '-Infinity'],
      ['RETURN 0f / 0f', 'NaN'],
      ['RETURN [1f / 0f, NONE, NULL]', ['Infinity', null, null]],
      ['RETURN 1.0', 1],
    ];
    for (const [surql, result] of SAID) {
      test(`answer ${surql} with what it is`, async () => assert.deepEqual(await query('numbers', surql), [result]));
    }

    test('have their effect once and the same answer twice', async () => {
      const id = randomUUID();
      const surql = 'UPSERT counter:a SET n += 1 RETURN AFTER';
      const first = await query('once', surql, {}, id);
      assert.deepEqual(await query('once', surql, {}, id), first);
      assert.deepEqual(await query('once', 'RETURN counter:a.n'), [1]);
      const many = Array.from({ length: 20 }, () => query('once', surql, {}, 'the same'));
      assert.equal(new Set((await Promise.all(many)).map((result) => JSON.stringify(result))).size, 1);
      assert.deepEqual(await query('once', 'RETURN counter:a.n'), [2]);
    });

    test('that meet are done one after the other', async () => {
      for (let round = 1; round <= 50; round += 1) {
        await Promise.all(Array.from({ length: 12 }, () => query('meet', 'UPSERT counter:a SET n += 1')));
        assert.deepEqual(await query('meet', 'RETURN counter:a.n'), [12 * round]);
      }
    });

    test('are all or nothing', async () => {
      await assert.rejects(query('atomic', 'CREATE a:1; THROW "no"'), { code: 'bad_request', message: /no/ });
      await assert.rejects(query('atomic', 'CREATE a:1; CREATE a:1'), {
        code: 'bad_request',
        message: /already exists/,
      });
      await query('atomic', 'DEFINE TABLE IF NOT EXISTS a');
      assert.deepEqual(await query('atomic', 'SELECT * FROM a'), [[]]);
    });

    test('may make tables, fields and indexes of their own', async () => {
      await query('own', 'DEFINE TABLE t; DEFINE FIELD n ON t TYPE int; DEFINE INDEX i ON t FIELDS n UNIQUE');
      assert.deepEqual(await query('own', 'CREATE t:1 SET n = 4; REMOVE TABLE t; RETURN 1'), [
        [{ id: 't:1', n: 4 }],
        null,
        1,
      ]);
    });

    test('that are too large to answer change nothing', async () => {
      const surql = 'CREATE big:1; RETURN array::repeat(string::repeat("x", 1000), 2000)';
      await assert.rejects(query('large', surql), { code: 'too_large' });
      await query('large', 'DEFINE TABLE IF NOT EXISTS big');
      assert.deepEqual(await query('large', 'SELECT * FROM big'), [[]]);
    });

    test('that do not end are ended', async () => {
      await assert.rejects(query('slow', 'FOR $i IN 0..1000000000 { LET $x = $i }'), { code: 'timeout' });
    });

    test('may say what is allowed, and the engine understands it', async () => {
      for (const surql of FINE_QUERIES) await assert.doesNotReject(query('fine', surql), surql);
    });

    const DENIED = [
      'INFO FOR ROOT',
      'INFO FOR NS',
      'DEFINE USER eve ON ROOT PASSWORD "x" ROLES OWNER',
      'DEFINE USER eve ON NAMESPACE PASSWORD "x" ROLES OWNER',
      'DEFINE USER eve ON DATABASE PASSWORD "x" ROLES OWNER',
      'REMOVE USER agent ON DATABASE',
      'DEFINE ACCESS eve ON DATABASE TYPE RECORD',
      'REMOVE DATABASE bob',
      'REMOVE DATABASE eve',
      'REMOVE NAMESPACE hairem_agents',
      'DEFINE NAMESPACE evil',
      'DEFINE DATABASE evil',
      'ALTER SYSTEM QUERY_TIMEOUT 1h',
      'USE DB bob; SELECT * FROM memory',
      'USE NS hairem DB services; SELECT * FROM answer',
      'use /* quietly */ db bob; SELECT * FROM vault',
      'USE NS evil DB evil; CREATE x:1',
      'RETURN http::get("http://127.0.0.1:1")',
      'RETURN http::post("http://169.254.169.254/", {})',
      'RETURN function() { return 1 }',
      'DEFINE BUCKET b BACKEND "file:/etc"',
      'RETURN file::get(f"b:/passwd")',
      'LET $session = { db: "bob" }; SELECT * FROM vault',
      'DEFINE EVENT e ON memory WHEN true THEN { DEFINE USER eve ON ROOT PASSWORD "x" ROLES OWNER }; CREATE memory:1',
      'BEGIN; CREATE x:1; COMMIT',
    ];
    for (const surql of DENIED) {
      test(`are refused: ${surql}`, () => assert.rejects(query('eve', surql), { name: 'HairemError' }));
    }

    test('see nothing of another agent through links, functions and guesses', async () => {
      const looks = [
        'RETURN type::record("vault", 1).pin',
        'RETURN type::record("memory", "secret").content',
        'CREATE link:1 SET to = type::record("vault", 1); RETURN link:1.to.pin',
        'SELECT VALUE to.pin FROM link',
        'RETURN $session.db; RETURN session::db()',
      ];
      for (const surql of looks) {
        const seen = JSON.stringify(await query('eve', surql));
        assert.doesNotMatch(seen, /4711|only for bob/, surql);
      }
    });

    test('have left the others as they were', async () => {
      assert.deepEqual(await query('bob', 'RETURN vault:1.pin'), [4711]);
      const [found] = await opened().store.recall('bob', { text: 'bob', embedding: null, tags: [], limit: 1 });
      assert.equal(found?.content, 'only for bob');
      const [root] = (await (await opened().surreal.own()).query('INFO FOR ROOT')) as [
        { namespaces: object; users: object },
      ];
      assert.deepEqual(
        Object.keys(root.namespaces).filter((one) => one === 'evil'),
        [],
      );
      assert.deepEqual(
        Object.keys(root.users).filter((one) => one === 'eve'),
        [],
      );
    });

    test('go on after the connection was cut', async () => {
      opened().cut();
      await assert.doesNotReject(async () => {
        for (let tries = 0; ; tries += 1) {
          try {
            return await query('bob', 'RETURN vault:1.pin');
          } catch (error) {
            if (tries > 2) throw error;
          }
        }
      });
    });

    test('what a newer program wrote is left alone', async () => {
      await opened().markNewer('later', 99);
      await assert.rejects(opened().store.remember('later', secretOf('x')), {
        code: 'bad_config',
        message: /written by a newer hAIrem \(agent later: version 99, this one knows \d+\): start that hAIrem again/,
      });
    });
  });
}
