import type { Cluster, Redis } from 'ioredis';

/** How long a silent connection may still answer after its timeout, in milliseconds. */
const grace = 100;

/**
 * Keeps a connection that only seems silent. ioredis destroys the socket if nothing arrives within `socketTimeout`. After
 * a blocked event loop, that timer runs before the loop reads the socket, which may hold the answer. So the socket is
 * destroyed a little later, and only if nothing has arrived. BullMQ duplicates the client for its blocking commands, so this applies
 * to duplicates too.
 */
export function readBeforeTimeout(client: Redis | Cluster): void {
  if ('nodes' in client) {
    client.on('+node', watch);
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...args) => withReading(duplicate(...args));
  } else {
    watch(client);
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (...args) => withReading(duplicate(...args));
  }
}

function withReading<Client extends Redis | Cluster>(client: Client): Client {
  readBeforeTimeout(client);
  return client;
}

function watch(client: Redis): void {
  client.on('connect', () => {
    const { stream } = client;
    const destroy = stream.destroy.bind(stream);
    stream.destroy = (error?: Error) => {
      if (!error?.message.startsWith('Socket timeout')) return destroy(error);
      const { bytesRead } = stream;
      const check = (): void => {
        if (stream.bytesRead === bytesRead) destroy(error);
      };
      setTimeout(() => setImmediate(check), grace).unref();
      return stream;
    };
  });
}
