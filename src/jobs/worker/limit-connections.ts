import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps a server's connections to a number. A connection beyond it takes the place of the one that has waited longest for
 * its client: `maxConnections` would turn away the newest, and slow clients could keep everybody else out.
 */
export function limitConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  /** Those that wait for their client, the longest first. */
  const waiting = new Set<Socket>();
  const forget = (socket: Socket): void => {
    open.delete(socket);
    waiting.delete(socket);
  };
  server.on('connection', (socket) => {
    open.add(socket);
    waiting.add(socket);
    socket.once('close', () => forget(socket));
    if (open.size <= most) return;
    // The new one itself, when all others are being answered.
    const [longest] = waiting;
    longest?.destroy();
    if (longest) forget(longest);
  });
  server.on('request', ({ socket }, response) => {
    waiting.delete(socket);
    response.once('close', () => {
      if (open.has(socket)) waiting.add(socket);
    });
  });
}
