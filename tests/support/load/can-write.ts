/** For who writes without end: when a socket takes more. */
import type { Socket } from 'node:net';

/** Resolves when there is room again, or nobody left to write to. */
export function canWrite(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    socket.on('drain', settle).on('close', settle);
  });
}
