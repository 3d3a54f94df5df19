import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Hooks {
  /** The delay of replies in milliseconds. */
  readonly delay?: number;
  /** The connection is cut as soon as the client sends this. */
  readonly cutAt?: string;
  /** From the moment that the client sends this, in lower case, the client gets no replies. */
  readonly muteAt?: string;
}

/** Starts a proxy to a local server that is slow, or that breaks at a command. Returns its port. */
export async function hookedProxy(to: number, { delay = 0, cutAt, muteAt }: Hooks): Promise<number> {
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    let isMute = false;
    client.on('data', (chunk) => {
      isMute ||= muteAt !== undefined && chunk.toString('latin1').toLowerCase().includes(muteAt);
      if (cutAt !== undefined && chunk.toString('latin1').toLowerCase().includes(cutAt)) end();
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!isMute) setTimeout(() => client.write(chunk), delay);
    });
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}
