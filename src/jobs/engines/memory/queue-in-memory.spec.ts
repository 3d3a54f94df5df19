import { Queue } from 'bullmq';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { QueueInMemory, refusedMethods } from './queue-in-memory.js';

/** Public in BullMQ, and no call to the server. */
const internal = [
  'base64Name',
  'baseGetClients',
  'checkConnectionError',
  'clientName',
  'constructor',
  'createBackend',
  'emit',
  'off',
  'on',
  'once',
  'parseClientList',
  'sanitizeJobTypes',
  'trace',
];

function methodsOf(type: typeof Queue): string[] {
  const names: string[] = [];
  let prototype: object = type.prototype as object;
  while (prototype !== EventEmitter.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (typeof value === 'function') names.push(name);
    prototype = Object.getPrototypeOf(prototype) as object;
  }
  return names.filter((name) => !internal.includes(name));
}

it('has every method of BullMQ’s Queue', () => {
  const own = [...refusedMethods, 'close', 'disconnect', 'waitUntilReady'];
  expect(new Set(own)).toEqual(new Set(methodsOf(Queue)));
});

it.each(refusedMethods)('refuses %s(), which needs the server', async (method) => {
  const queue = new QueueInMemory('default') as unknown as Record<string, () => Promise<unknown>>;
  await expect(queue[method]?.()).rejects.toMatchObject({ code: 'FLEDGE_QUEUE_IN_MEMORY' });
});

it('is an ordinary object for modules that look at every provider, and can be listened to and closed', async () => {
  const queue = new QueueInMemory('default');
  expect([queue.name, Reflect.get(queue, '__defineGetter__'), Reflect.get(queue, 'then')]).toEqual([
    'default',
    Object.prototype['__defineGetter__' as keyof object],
    undefined,
  ]);
  queue.on('error', () => undefined);
  await queue.waitUntilReady();
  await queue.close();
  expect(queue.listenerCount('error')).toBe(0);
});
