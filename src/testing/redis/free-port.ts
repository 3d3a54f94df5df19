import { createServer } from 'node:net';

/** Returns a port of 127.0.0.1 on which no server listens. It is the preferred port if that is free. */
export async function freePort(preferred = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort())));
    server.listen(preferred, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The server has no port'));
      else server.close(() => resolve(address.port));
    });
  });
}
