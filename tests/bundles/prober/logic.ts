/** The agent that tests its own sandbox: each command tries one thing and tells how it went. */

import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { BaseAgent } from '@hairem/agent';

const PATIENCE_MS = 1500;
const HOG = 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1));';

export class Agent extends BaseAgent {
  override setup(): void {
    this.onCommand('write', async ({ path }) => {
      await writeFile(String(path), 'x');
      return 'written';
    });
    this.onCommand('connect', ({ host, port }) => tryToConnect(String(host), Number(port)));
    this.onCommand('hog', ({ by }) => (by === 'child' ? spawnSync(process.execPath, ['-e', HOG]).signal : hog()));
    this.onCommand('identity', () => ({ uid: process.getuid?.(), gid: process.getgid?.(), pid1: process.ppid }));
  }
}

function tryToConnect(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    socket.setTimeout(PATIENCE_MS, () => settle('no answer'));
    socket.on('connect', () => settle('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

function hog(): never {
  const all: Buffer[] = [];
  for (;;) all.push(Buffer.alloc(1 << 20, 1));
}
