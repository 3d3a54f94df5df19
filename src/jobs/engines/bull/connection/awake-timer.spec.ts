import { createServer, connect, type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { AwakeTimer } from './awake-timer.js';

function block(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

it('calls back after the time, and not before', async () => {
  const startedAt = performance.now();
  await new Promise<void>((resolve) => void new AwakeTimer(120, resolve));
  expect(performance.now() - startedAt).toBeGreaterThan(115);
});

it('does not count a block of the event loop', async () => {
  let isCalled = false;
  const timer = new AwakeTimer(300, () => (isCalled = true));
  block(1_000);
  // Timers that are due run in the first turn of the loop.
  await turn();
  await turn();
  expect(isCalled).toBe(false);
  expect(timer.passed).toBeLessThan(300);
  timer.cancel();
});

it('calls after the loop has read what its sockets hold', async () => {
  const server = createServer((socket) => socket.on('data', (chunk) => socket.write(chunk)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  await new Promise((resolve) => socket.on('connect', resolve));
  const order: string[] = [];
  // An answer that waits in the socket, and a time that is over at the end of the block.
  const answered = new Promise<void>((resolve) =>
    socket.on('data', () => {
      order.push('answer');
      resolve();
    }),
  );
  const called = new Promise<void>((resolve) => {
    void new AwakeTimer(60, () => {
      order.push('call');
      resolve();
    });
  });
  socket.write('ping');
  await turn();
  await turn();
  block(500);
  await Promise.all([answered, called]);
  expect(order).toEqual(['answer', 'call']);
});

it('can be cancelled', async () => {
  let isCalled = false;
  const timer = new AwakeTimer(10, () => (isCalled = true));
  timer.cancel();
  await new Promise<void>((resolve) => void new AwakeTimer(100, resolve));
  expect(isCalled).toBe(false);
});

it('ends even in a loop that is always busy', async () => {
  let isCalled = false;
  const timer = new AwakeTimer(1_000, () => (isCalled = true));
  let turns = 0;
  while (!isCalled) {
    block(300);
    turns += 1;
    await turn();
  }
  // Four blocks count as 100 ms each, and two whole ones are the rest. The call comes a turn later at most.
  expect(turns).toBeLessThanOrEqual(8);
  timer.cancel();
});
