import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../testing/redis/free-port.js';
import { until } from '../../../../test/support/until.js';
import { HealthServer, type HealthAnswer } from './health-server.js';

const well: HealthAnswer = { ok: true, detail: { state: 'a\u009b\u202e' } };

interface ServerOfTest {
  readonly port: number;
  readonly url: string;
  /** Resolves with a function that answers, when `/readyz` is requested. */
  readonly asked: Promise<(answer: HealthAnswer) => void>;
}

async function healthServer(): Promise<ServerOfTest> {
  let ask: (reply: (answer: HealthAnswer) => void) => void;
  const asked = new Promise<(answer: HealthAnswer) => void>((resolve) => (ask = resolve));
  const ready = async (): Promise<HealthAnswer> => new Promise((resolve) => ask(resolve));
  const probe = { started: () => well, live: () => well, ready };
  const port = await freePort();
  const server = new HealthServer({ host: '127.0.0.1', port }, probe);
  onTestFinished(() => server.stop());
  return { port, url: await server.start(), asked };
}

/** Connects clients that begin a request and don't finish it. */
async function slowClients(port: number, count: number): Promise<readonly Socket[]> {
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      await once(socket, 'connect');
      // Reads, because a socket that is not read does not see its end.
      socket.resume().write('GET /livez HTTP/1.1\r\nX-slow: ');
      return socket;
    }),
  );
  return clients;
}

const openOf = (clients: readonly Socket[]): readonly Socket[] =>
  clients.filter((socket) => !socket.destroyed && socket.readyState === 'open');

it('answers while many slow clients are connected, keeps a hundred connections, and soon closes the slow ones', async () => {
  const { port, url } = await healthServer();
  const clients = await slowClients(port, 300);
  const answer = await fetch(`${url}/livez`);
  expect(answer.status).toBe(200);
  await until('at most a hundred are left', () => openOf(clients).length <= 100 || undefined);
  const dripping = setInterval(() => {
    for (const socket of openOf(clients)) socket.write('y');
  }, 500);
  onTestFinished(() => clearInterval(dripping));
  await until('the slow ones are cut', () => openOf(clients).length === 0 || undefined);
});

it('keeps a request that is being answered when many clients connect', async () => {
  const { port, url, asked } = await healthServer();
  const answer = fetch(`${url}/readyz`);
  const reply = await asked;
  await slowClients(port, 300);
  reply(well);
  expect((await answer).status).toBe(200);
});

it('answers with JSON that is safe for a terminal', async () => {
  const { url } = await healthServer();
  const text = await (await fetch(`${url}/livez`)).text();
  expect(text).toContain('"a\\u009b\\u202e"');
  expect(JSON.parse(text)).toEqual({ status: 'ok', ...well.detail });
});
