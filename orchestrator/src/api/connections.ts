/**
 * How many connections the API holds at once: who opens more is hung up on before anything is read, so that neither
 * this process nor the engine's proxy of the published port runs out of files.
 */
import type { Server, Socket } from 'node:net';

export interface ConnectionLimits {
  total: number;
  /**
   * Of one address. Behind the engine's proxy everybody outside has the same one; the health check and `hairem` inside
   * of the container have another, and get in when the port is full.
   */
  perAddress: number;
}

const CONNECTIONS: ConnectionLimits = { total: 1024, perAddress: 768 };

export function limitConnections(server: Server, { total, perAddress }: ConnectionLimits = CONNECTIONS): void {
  const open = new Map<string, number>();
  server.maxConnections = total;
  // Before HTTP's own listener, which reads.
  server.prependListener('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket;
    const held = open.get(remoteAddress) ?? 0;
    if (held >= perAddress) return void socket.destroy();
    open.set(remoteAddress, held + 1);
    socket.once('close', () => {
      const left = (open.get(remoteAddress) ?? 1) - 1;
      if (left === 0) open.delete(remoteAddress);
      else open.set(remoteAddress, left);
    });
  });
}
