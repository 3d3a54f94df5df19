import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections: Linux from 32768, others from 49152. */
const [lowest, highest] = [10_240, 32_768];

/**
 * Returns a port of 127.0.0.1 on which no server listens. It is the preferred port if that is free. It stays free until it is
 * used, because no outgoing connection gets it.
 */
export async function freePort(preferred = randomInt(lowest, highest)): Promise<number> {
  return (await isFree(preferred)) ? preferred : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
