/**
 * One database as a process of its own, started by the store's supervisor: `node child.ts FOLDER DATABASE`, frames on
 * descriptor 3. It holds no key, no password of anybody and no network; what a query does to it is its owner's alone.
 */
import { Socket } from 'node:net';
import { asHairemError } from '../domain/errors/errors.ts';
import { type DatabaseName, ownerOf, QUERY_SECONDS } from '../domain/messages/store-call.ts';
import { systemClock as clock } from '../process/system-clock.ts';
import { agentMethods, carryOut, type Methods, ownMethods } from './calls.ts';
import { mustBeEmptyFolder } from './empty-folder.ts';
import { onFrames, sendFrame } from './frames.ts';
import { createSurrealStore, type SurrealStore } from './surreal/connection.ts';
import { embeddedEngines } from './surreal/embedded.ts';
import { createSurrealHistory } from './surreal/history.ts';
import { createSurrealJournal } from './surreal/journal.ts';
import { createSurrealLedger } from './surreal/ledger.ts';
import { createSurrealMemory } from './surreal/memory.ts';
import { prepare } from './surreal/schema.ts';

const [folder = '', database = 'own', seconds = String(QUERY_SECONDS)] = process.argv.slice(2);
mustBeEmptyFolder(process.env.SURREAL_FILE_ALLOWLIST);

const querySeconds = Number(seconds);
const place = { kind: 'disk', folder, engines: embeddedEngines(querySeconds) } as const;
const store = createSurrealStore({ place, querySeconds, prepare, clock });
const methods = methodsOf(store, ownerOf(database as DatabaseName));
const socket = new Socket({ fd: 3, readable: true, writable: true });

socket.on('error', () => process.exit(1));
socket.on('end', () => void store.close().finally(() => process.exit(0)));
onFrames(socket, (head, body) => {
  if (head.type === 'call') void answer(head.id, head.method, body);
});
sendFrame(socket, { type: 'opened' });

function methodsOf(surreal: SurrealStore, agent: string | null): Methods {
  if (agent !== null) return agentMethods(agent, createSurrealMemory(surreal));
  return ownMethods({
    history: createSurrealHistory(surreal),
    journal: createSurrealJournal(surreal),
    ledger: createSurrealLedger(surreal),
  });
}

async function answer(id: number, method: string, body: Buffer): Promise<void> {
  try {
    sendFrame(socket, { type: 'reply', id, ok: true }, await carryOut(methods, method, body));
  } catch (thrown) {
    const { code, message } = asHairemError(thrown);
    sendFrame(socket, { type: 'reply', id, ok: false, error: { code, message: message.slice(0, 8192) } });
  }
}
