/** Who else acts for this installation, read from CLIENT LIST (SECURITY.md, fault 24). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherLeadersIn } from '../../../orchestrator/src/bus/leader-lock.ts';

const OWN = 'hairem-orchestrator:own';

function line({ id = 1, user = 'orchestrator', name = 'hairem-orchestrator:other', idle = 0 }): string {
  return `id=${id} addr=172.18.0.3:4711 laddr=172.18.0.2:6379 fd=8 name=${name} age=63 idle=${idle} flags=P db=0 user=${user} resp=3`;
}

test('another connection that bears the name is a rival', () => {
  const list = [line({ id: 7, idle: 2 }), line({ id: 8, name: OWN }), ''].join('\n');
  const rival = { connection: '7', address: '172.18.0.3:4711', ageSeconds: 63, idleSeconds: 2 };
  assert.deepEqual(otherLeadersIn(list, OWN), [rival]);
});

test('an older connection of this process is none, nor is one without the name, nor an agent that took it', () => {
  const list = [line({ name: OWN }), line({ name: '' }), line({ user: 'echo.1' }), line({ user: 'services' })];
  assert.deepEqual(otherLeadersIn(list.join('\n'), OWN), []);
});
