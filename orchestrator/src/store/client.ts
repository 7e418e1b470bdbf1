/**
 * The services' end of the store's socket: calls by id, sent again when the store has come back; what it says of itself.
 * A call that comes twice has its effect once, because what has one bears the id of its request.
 */
import { connect, type Socket } from 'node:net';
import { HairemError } from '../domain/errors/errors.ts';
import type { CallHead, DatabaseName, ReplyHead, StoreStatus } from '../domain/messages/store-call.ts';
import type { Clock } from '../domain/ports/ports.ts';
import { DEEPEST_CARRIED, parseExactJson, writeJson } from '../domain/text/json-text.ts';
import { encodeFrame, onFrames, sendFrame } from './frames.ts';

export interface StoreCall {
  database: DatabaseName;
  method: string;
  args: readonly unknown[];
  request: string;
  quota?: number;
}

export interface StoreClient {
  /** @returns the result, JSON. @throws what the port's method throws; unavailable, busy, too_large, refused */
  call(call: StoreCall): Promise<unknown>;
  close(): void;
}

export interface StoreClientOptions {
  path: string;
  clock: Pick<Clock, 'now'>;
  onStatus(status: StoreStatus): void;
  /** Connected, or not any more. */
  onState?(state: 'up' | 'down', why: string): void;
}

interface Pending {
  head: CallHead;
  body: Buffer;
  since: number;
  resolve(body: Buffer): void;
  reject(error: HairemError): void;
}

const RETRY_MS = 250;
const LOOK_MS = 1_000;
/** Above what the store gives a call: a turn, a query, and once more alone. */
const ANSWER_MS = 120_000;
/** For a store that is not there at all. */
const AWAY_MS = 20_000;

export function createStoreClient({ path, clock, onStatus, onState }: StoreClientOptions): StoreClient {
  const pending = new Map<number, Pending>();
  let socket: Socket | null = null;
  let isUp = false;
  let closed = false;
  let next = 1;

  const take = (head: ReplyHead | StoreStatus, body: Buffer) => {
    if (head.type === 'status') return onStatus(head);
    const asked = pending.get(head.id);
    pending.delete(head.id);
    if (head.ok) asked?.resolve(body);
    else asked?.reject(new HairemError(head.error.code, head.error.message));
  };
  const open = () => {
    const opened = connect(path);
    socket = opened;
    let why = 'it has ended';
    opened.on('connect', () => {
      isUp = true;
      onState?.('up', '');
      for (const { head, body } of pending.values()) sendFrame(opened, head, body);
    });
    opened.on('error', ({ message }) => {
      why = message;
    });
    onFrames(opened, (head, body) => {
      if (head.type === 'reply' || head.type === 'status') take(head, body);
    });
    opened.on('close', () => {
      if (isUp) onState?.('down', why);
      isUp = false;
      if (!closed) setTimeout(open, RETRY_MS).unref();
    });
  };
  const giveUpLate = () => {
    for (const [id, { since, reject }] of pending) {
      const waited = clock.now() - since;
      if (waited < (isUp ? ANSWER_MS : AWAY_MS)) continue;
      pending.delete(id);
      reject(away(Math.round(waited / 1000)));
    }
  };
  const looking = setInterval(giveUpLate, LOOK_MS);
  looking.unref();
  open();
  return {
    call({ database, method, args, request, quota }) {
      const head: CallHead = { type: 'call', id: next++, database, method, request, quota: quota ?? null };
      const body = Buffer.from(writeJson(args));
      const answer = new Promise<Buffer>((resolve, reject) => {
        encodeFrame(head, body); // too large is said before anything waits
        pending.set(head.id, { head, body, since: clock.now(), resolve, reject });
        if (isUp && socket) sendFrame(socket, head, body);
      });
      return answer.then((result) => parseExactJson(result.toString('utf8'), DEEPEST_CARRIED));
    },
    close() {
      closed = true;
      clearInterval(looking);
      socket?.destroy();
      for (const { reject } of pending.values()) reject(new HairemError('cancelled', 'the services process ends'));
      pending.clear();
    },
  };
}

const away = (seconds: number) =>
  new HairemError('unavailable', `the store has not answered for ${seconds} s; \`docker compose logs store\` says why`);
