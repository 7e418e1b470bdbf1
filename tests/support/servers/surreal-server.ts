/**
 * A SurrealDB server for tests: the embedded engine, in memory, behind a WebSocket that speaks the server's RPC
 * protocol as far as the driver uses it. It is a stand-in: no TLS, no limits of a server's own, and every connection
 * shares one default session.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startWebSocketServer } from './web-socket-server.ts';

interface Engine {
  execute(request: Uint8Array): Promise<Uint8Array>;
  free(): void;
}

export interface SurrealServer {
  url: string;
  user: { username: string; password: string };
  /** Ends every connection, as a restart of the server would. */
  cut(): void;
  /** From now on it hears and says nothing, as a host that was unplugged; or speaks again to who comes anew. */
  mute(isMute: boolean): void;
  stop(): Promise<void>;
}

const FOLDER = '../../../orchestrator/node_modules/@surrealdb/node/dist/';
const user = { username: 'root', password: 'of-the-test' };

export async function startSurrealServer(querySeconds: number): Promise<SurrealServer> {
  const binary = fileURLToPath(new URL(`${FOLDER}surrealdb-node.linux-${process.arch}-gnu.node`, import.meta.url));
  const { SurrealNodeEngine } = createRequire(import.meta.url)(binary);
  const engine: Engine = await SurrealNodeEngine.connect('mem://', { query_timeout: querySeconds });
  await engine.execute(query(`DEFINE USER ${user.username} ON ROOT PASSWORD '${user.password}' ROLES OWNER`));
  let isMute = false;
  const server = await startWebSocketServer({
    protocol: 'cbor',
    answer: (frame) => (isMute ? new Promise(() => {}) : answer(engine, frame)),
  });
  return {
    url: `ws://127.0.0.1:${server.port}/rpc`,
    user,
    cut: server.cut,
    mute: (next) => {
      isMute = next;
    },
    async stop() {
      await server.stop();
      engine.free();
    },
  };
}

/** The engine answers with the bare result or `{error}`; a server wraps either with the request's id. */
async function answer(engine: Engine, request: Uint8Array): Promise<Uint8Array> {
  const id = idOf(request);
  const result = Buffer.from(await engine.execute(request));
  const isError = result[0] === MAP + 1 && result.subarray(1, 7).equals(text('error'));
  const fields = isError ? [text('error'), result.subarray(7)] : [text('result'), result];
  return Buffer.concat([Buffer.of(MAP + 2), text('id'), id, ...fields]);
}

// As much of CBOR as it takes: the driver's requests begin with their id, a short text.

const TEXT = 0x60;
const ARRAY = 0x80;
const MAP = 0xa0;

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const header = bytes.length < 24 ? Buffer.of(TEXT + bytes.length) : Buffer.of(TEXT + 24, bytes.length);
  return Buffer.concat([header, bytes]);
}

function idOf(request: Uint8Array): Buffer {
  const frame = Buffer.from(request);
  if (!frame.subarray(1, 4).equals(text('id'))) throw new Error('a request that does not begin with its id');
  const [header = 0, length = 0] = frame.subarray(4, 6);
  const end = header === TEXT + 24 ? 6 + length : 5 + header - TEXT;
  return frame.subarray(4, end);
}

function query(surql: string): Uint8Array {
  const params = Buffer.concat([Buffer.of(ARRAY + 1), text(surql)]);
  const fields = [text('id'), text('1'), text('method'), text('query'), text('params'), params];
  return Buffer.concat([Buffer.of(MAP + 3), ...fields]);
}
