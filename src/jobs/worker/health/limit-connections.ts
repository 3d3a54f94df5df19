import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Limits a server's connections. A connection beyond the limit takes the place of the one that has waited longest for its
 * client. Node's `maxConnections` would close the newest instead, so slow clients could keep a probe out.
 */
export function limitConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  /** The connections that wait for their client, the longest first. */
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
    // This is the new connection itself when all others are being answered.
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
