/** Bundles written for the in-process hAIrem, loaded as they are into the real Python runtime on a real Redis. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadBundle } from '../../orchestrator/src/bundle/validate-bundle.ts';
import { eventually } from '../support/eventually.ts';
import { playedModel, playServices } from '../support/fakes/played-services.ts';
import { printed } from '../support/printed.ts';
import { type HouseServer, startHouseServer } from '../support/servers/house-server.ts';

process.env.HAIREM_TEST_SDK = 'python';
const { ON_REDIS, probesOnRedis } = await import('../support/harness/sdk-probes.ts');
type Fields = import('../support/harness/sdk-rig.ts').Fields;

const BUNDLES = fileURLToPath(new URL('../bundles/in-process/', import.meta.url));
const TOKEN = 'sesame-open-the-door';

describe('a bundle of the in-process kind', ON_REDIS, () => {
  const { rig, started, first } = probesOnRedis();
  const own: { work: string; house: HouseServer | null; silence: () => void } = { work: '', house: null, silence() {} };
  const model = playedModel();
  before(async () => {
    own.work = await mkdtemp(join(tmpdir(), 'hairem-in-process-'));
    own.house = await startHouseServer(TOKEN);
    own.silence = await playServices(rig().redis, [model.service]);
  });
  after(async () => {
    await own.house?.stop();
    own.silence();
    await rm(own.work, { recursive: true, force: true });
  });

  const house = (): HouseServer => {
    if (!own.house) throw new Error('the house server has not started');
    return own.house;
  };

  /** As the orchestrator would read it. */
  async function prepare(name: string) {
    const folder = join(BUNDLES, name);
    const read = await loadBundle({ path: folder, workDir: join(own.work, name), baseHashes: {} });
    assert.ok(read.kind === 'valid', JSON.stringify(read));
    assert.equal(read.version.runtime, 'python');
    rig().agent = read.id;
    return { folder, soft: { ...read.version.soft } as Fields, read };
  }

  async function start(name: string, secrets: Record<string, string> = {}) {
    const { folder, soft } = await prepare(name);
    return first({ folder, soft, secrets });
  }

  const result = async (command: string, args: Fields = {}) => {
    const answer = await rig().command(command, args);
    assert.equal(answer.status, 'success', JSON.stringify(answer));
    return answer.result;
  };
  const say = (type: string, payload: Fields, more: Fields = {}) => rig().request({ type, payload, ...more });
  const retire = async (probe: Awaited<ReturnType<typeof first>>) => {
    await rig().control({ type: 'retire', inst: probe.inst, window: 'closed' });
    assert.equal(await probe.exited, 0, probe.lines.join('\n'));
  };
  const heartbeat = (inst: number) => rig().status(inst, 'heartbeat');

  test('Electra: a driver, discovery in async_setup(), skills as commands, teardown', async () => {
    const probe = await start('Electra', { HA_URL: `${house().url}/api`, HA_TOKEN: TOKEN });
    assert.equal(rig().agent, 'electra');
    assert.deepEqual(house().calls, ['GET /api/states']);
    assert.equal(await result('get_entity_state', { eid: 'light.kitchen' }), 'on');
    assert.equal(
      await result('call_ha_service', { service: 'light.turn_on', entity_id: 'hall', kwargs: '{"brightness": 7}' }),
      'Done',
    );
    assert.match(
      house().calls.at(-1) ?? '',
      /POST \/api\/services\/light\/turn_on \{"entity_id":\s?"light.hall",\s?"brightness":\s?7\}/,
    );
    // As the core of that program sent its commands.
    const inProcess = await say('expert.command', { content: { command: 'run_routine', routine_name: 'good_night' } });
    assert.equal(inProcess.payload.result, "Routine 'good_night' executed successfully.");
    assert.deepEqual(Object.keys(inProcess.payload), ['status', 'result', 'error']);
    const wrong = await rig().command('get_entity_state', { nonsense: 1 });
    assert.match(String(wrong.error), /unexpected keyword argument 'nonsense'/);
    assert.match(
      String((await rig().command('dance')).error),
      /no such command: dance \(known: get_entity_state, call_ha/,
    );
    await retire(probe);
    const log = probe.lines.join('\n');
    assert.match(log, /"message":"ELECTRA: set up with .*"logger":"logic"/);
    assert.match(log, /Agent Electra resources cleaned up/);
    assert.doesNotMatch(log, new RegExp(TOKEN));
  });

  test('Electra without her house: the update is rejected, and teardown() is called', async () => {
    const { folder, soft } = await prepare('Electra');
    const probe = await rig().launch({ welcome: false, folder });
    started.push(probe);
    const failed = rig().status(probe.inst, 'failed');
    await rig().welcome(probe.inst, { soft, secrets: { HA_URL: `${house().url}/api`, HA_TOKEN: 'wrong' } });
    const { phase, error } = (await failed) as { phase: string; error: Fields };
    assert.equal(phase, 'setup');
    assert.match(String(error.message), /401 Unauthorized/);
    assert.equal(await probe.exited, 1);
    await printed(probe, /resources cleaned up/);
  });

  test('Dieu (entropy): on_message() of its own, the registry, a service of the core, an HLinkMessage to another', async () => {
    await start('entropy');
    await rig().listenTo(['lisa']);
    const theme = rig().hear('the theme', ({ channel }) => channel === 'broadcast:entropy');
    assert.equal(await result('change_world_theme', { theme_name: 'Cyberpunk' }), "The theme is now 'Cyberpunk'.");
    assert.deepEqual(((await theme).payload as Fields).content, { theme: 'Cyberpunk' });
    await rig().send({ from: 'user', type: 'narrative.text', payload: { content: 'hm' } });
    const whisper = rig().hear('a whisper', ({ message }) => message.type === 'system.whisper');
    await rig().send({ from: 'lisa', type: 'system.inactivity', payload: {} });
    const { sender, recipient, payload } = (await whisper) as { sender: Fields; recipient: Fields; payload: Fields };
    assert.deepEqual([sender.agent_id, sender.role], ['entropy', 'Demiurge']);
    assert.notEqual(recipient.target, 'entropy');
    assert.equal(payload.content, 'Break the silence; 1 things were said.');
  });

  test('Lisa: skills mapped by name, no pydantic in her memory, a skill that nobody wrote', async () => {
    const probe = await start('lisa');
    assert.equal(await result('get_fridge_status'), 'The fridge is closed, 4 degrees.');
    assert.equal(await result('add_reminder', { memo: 'milk' }), 'Noted (1): milk');
    assert.equal(await result('add_reminder', { memo: 'tea' }), 'Noted (2): tea');
    assert.equal(await result('sing'), 'The skill sing is not implemented by this agent.');
    const note = rig().hear('a note', ({ message }) => message.type === 'agent.internal_note');
    assert.match(String(await result('send_internal_note', { target_agent: 'PEER', content: 'psst' })), /was sent/);
    assert.equal(((await note).payload as Fields).content, 'psst');
    const answer = await say('user_message', { content: 'hello' }, { from: 'user' });
    assert.match(String(answer.payload.content), /Lisa cannot answer: no language model/);
    const { skills, commands } = (await heartbeat(probe.inst)) as { skills: Fields[]; commands: string[] };
    assert.deepEqual(commands, ['get_fridge_status', 'add_reminder', 'send_internal_note', 'sing']);
    assert.deepEqual(skills[0], { name: 'get_fridge_status', description: 'What is in the fridge.' });
    await printed(probe, /the skill sing names no method/);
    assert.doesNotMatch(await readFile(`/proc/${probe.child.pid}/maps`, 'utf8'), /pydantic/);
  });

  test('Renarde: knows itself and whom it has heard', async () => {
    await start('renarde');
    await rig().send({ from: 'electra', payload: {} });
    const both = 'Here are: Renarde, electra, peer';
    await eventually('both are named', async () => (await result('get_crew_status')) === both);
    assert.equal(await result('greet_user'), 'Ah, you! I am Renarde.');
  });

  test('Veilleuse: a loop in the nursery, cancelled by its handle; a crash of another task is reported', async () => {
    const ticked = rig().hear('a tick', ({ message: m }) => (m.payload as { content?: Fields })?.content?.tick === 5);
    const probe = await start('veilleuse');
    await ticked;
    const stopped = (await result('stop_watch')) as { cancelled: boolean; ticks: number };
    assert.equal(stopped.cancelled, true);
    const { tasks } = (await heartbeat(probe.inst)) as { tasks: Fields[] };
    assert.deepEqual(
      tasks.map(({ name, state }) => `${name} ${state}`),
      ['_watch done', '_fail failed'],
    );
    assert.match(String(tasks[1]?.error), /a task of mine failed/);
  });

  test('Meteo: what setup() set before super().setup(), sync handlers, a driver under the name it had', async () => {
    await start('meteo', { SKY_URL: `${house().url}/sky` });
    assert.equal(await result('forecast', { day: 'tomorrow' }), 'clear over Lyon tomorrow, 21 C');
    assert.deepEqual(await result('units', { temperature: 'F' }), { temperature: 'F' });
    assert.equal(await result('forecast'), 'clear over Lyon today, 21 F');
    assert.deepEqual(await result('where', { a: 1 }), { city: 'Lyon', asked: { a: 1 } });
  });

  test('Courrier: dicts and texts, awaited or not; what it said in setup(); its own correlation', async () => {
    const { folder, soft } = await prepare('courrier');
    const here = rig().hear(
      'what it said in setup()',
      ({ message }) => (message.payload as Fields)?.content === 'I am here',
    );
    const probe = await first({ folder, soft });
    await here;
    const posted = rig().heard.length;
    assert.equal(await result('post'), 'posted');
    const sent = rig()
      .heard.slice(posted)
      .filter(({ channel }) => /^(agent:peer|broadcast):courrier$/.test(channel));
    assert.deepEqual(
      sent.map(
        ({ channel, message }) => `${channel} ${message.type} ${JSON.stringify((message.payload as Fields).content)}`,
      ),
      [
        'agent:peer:courrier narrative.text "a dict"',
        'agent:peer:courrier agent.internal_note "{\\"bare\\": \\"text\\"}"',
        'agent:peer:courrier agent.internal_note {"bare":{"when":3}}',
        'broadcast:courrier narrative.text "to all"',
        'agent:peer:courrier expert.response undefined',
      ],
    );
    await printed(probe, /not sent: 'somewhere' is no channel of agents/);

    await rig().listenTo(['echo']);
    const question = rig().hear('its question', ({ channel }) => channel === 'agent:echo:courrier');
    const answered = result('ask', { whom: 'Echo', said: 'hi' });
    const asked = (await question) as { id: string; payload: Fields; metadata: Fields };
    assert.deepEqual(
      [asked.payload.command, asked.payload.args, asked.metadata.priority],
      ['echo', { said: 'hi' }, 'high'],
    );
    await rig().send({
      from: 'echo',
      id: randomUUID(),
      type: 'expert.response',
      payload: { status: 'success', result: 'hi', error: null },
      metadata: { correlation_id: asked.id },
    });
    assert.deepEqual(await answered, { status: 'success', result: 'hi', error: null });
  });

  test('Gardien: expert.yaml, sync skills, the attributes of an agent', async () => {
    await start('gardien');
    assert.deepEqual(await result('lock', { door: 'front' }), { door: 'front', twice: false, locked: true });
    assert.deepEqual(await result('describe'), {
      name: 'Gardien',
      role: 'Security',
      prompt: 'You are the guardian of the door.',
      personified: true,
      capabilities: ['security'],
      tools: ['lock', 'describe'],
      llm: true,
      surreal: true,
    });
  });

  test('Poete: a persona and no logic', async () => {
    await start('poete');
    const answer = await say('user_message', { content: 'a rhyme?' }, { from: 'user' });
    assert.match(String(answer.payload.content), /Poete cannot answer: no language model/);
  });

  test('Calcul: a library of its own', async () => {
    await start('calcul');
    const { word } = (await result('encode', { word: 'maïs' })) as Fields;
    assert.equal(word, 'xn--mas-0ma');
  });

  test('Majordome: a constructor of its own, and attributes that have names of ours', async () => {
    const { folder, soft } = await prepare('majordome');
    const greeting = rig().hear('its greeting', ({ channel }) => channel === 'agent:user:majordome');
    const probe = await first({ folder, soft });
    assert.equal(((await greeting).payload as Fields).content, 'Your Majordome, at your service.');
    assert.equal(await result('send', { who: 'Bob', where: 'bed' }), 'Bob is sent to bed; 1 so far');
    assert.equal(await result('ask', { what: 'Tea' }), 'Your Majordome: Tea?');
    await printed(probe, /"at your service".*"logger":"majordome"/);
  });

  test('Majordome thinks: a text, tools, pieces and a vector', async () => {
    await start('majordome');
    model.answer = { text: 'Tea.', tools: ['send {}'] };
    const tea = { text: 'Tea.', calls: ['send {}'], pieces: ['Tea.'], vector: [0.5, 0.5], tokens: 10 };
    assert.deepEqual(await result('think', { about: 'tea' }), tea);
  });

  test('Scribe: a history and a state of its own, and a teardown() without async', async () => {
    const probe = await start('scribe');
    for (const content of ['one', 'two']) {
      const { payload } = await say('user_message', { content }, { from: 'user' });
      assert.match(String(payload.content), new RegExp(`[12]: ${content}`));
    }
    await rig().send({ type: 'agent.internal_note', payload: { content: 'a note' } });
    await rig().send({ type: 'world.theme_changed', payload: { content: { theme: 'winter' } } });
    assert.deepEqual(await result('what_was_said'), {
      said: [
        'one',
        '1: one',
        'two',
        '2: two',
        'a note',
        'I am wearing a coat.',
        'The world has changed to winter. My reaction: Cold.',
      ],
      count: 2,
    });
    await retire(probe);
    await printed(probe, /puts down its pen after 2 words/);
  });

  test('Metronome: async setup(), start(), two tasks of one name, self.tool, publishing from a thread', async () => {
    const probe = await start('metronome');
    assert.deepEqual(await result('time_of', { zone: 'CET' }), { zone: 'CET', at: '2026-01-02T03:04:05', days: [1] });
    const said = rig().hear('a word from a thread', ({ message }) => Boolean((message.payload as Fields)?.by));
    assert.equal(await result('from_thread'), 2);
    assert.match(String(((await said).payload as Fields).by), /asyncio|Thread/);
    const { tasks } = (await heartbeat(probe.inst)) as { tasks: Fields[] };
    assert.deepEqual(
      tasks.map(({ name, state }) => `${name} ${state}`),
      ['beat running', 'beat-2 running'],
    );
  });
});
