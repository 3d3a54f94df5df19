import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy between a client and a server that a test can interrupt. */
export interface TcpProxy {
  readonly port: number;
  /** Holds back all data in both directions, without an error. */
  freeze(): void;
  /** Passes on what was held back and everything after it. */
  thaw(): void;
  /** Drops replies from now on. `cut` ends the connections. */
  swallowReplies(): void;
  /** Sends the first byte of the next reply, and the rest after a time in milliseconds. */
  breakNextReply(pause: number): void;
  /** Drops the next reply and cuts every connection. */
  cutAtNextReply(): void;
  /** Cuts every connection. New ones work as usual. */
  cut(): void;
  /** Ends every connection in order, as a server does with an idle one. */
  end(): void;
  /** Resets every connection. */
  reset(): void;
  /** Resets every connection at its next command, as load balancers do that have forgotten an idle one. */
  resetAtNextCommand(): void;
  /** Cuts every connection, and refuses the next one. */
  refuseOnce(): void;
}

export async function tcpProxy(to: number): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  let swallowing = false;
  let cutting = false;
  let pause = 0;
  const sendSlowly = (client: Socket, chunk: Buffer): void => {
    client.write(chunk.subarray(0, 1));
    setTimeout(() => client.write(chunk.subarray(1)), pause);
    pause = 0;
  };
  let refusals = 0;
  const forgotten = new Set<Socket>();
  const server = createServer((client) => {
    if (refusals > 0) {
      refusals -= 1;
      client.on('error', () => undefined).destroy();
      return;
    }
    const upstream = connect(to, '127.0.0.1');
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    if (frozen) for (const socket of pair) socket.pause();
    client.on('data', (chunk) => {
      if (forgotten.has(client)) client.resetAndDestroy();
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (cutting) cut();
      else if (pause > 0) sendSlowly(client, chunk);
      else if (!swallowing) client.write(chunk);
    });
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    swallowing = cutting = false;
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    freeze() {
      frozen = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    swallowReplies() {
      swallowing = true;
    },
    breakNextReply(milliseconds) {
      pause = milliseconds;
    },
    cutAtNextReply() {
      cutting = true;
    },
    cut,
    end() {
      for (const [client] of pairs) client.end();
    },
    reset() {
      for (const [client] of pairs) client.resetAndDestroy();
    },
    resetAtNextCommand() {
      for (const [client] of pairs) forgotten.add(client);
    },
    refuseOnce() {
      refusals = 1;
      cut();
    },
  };
}
