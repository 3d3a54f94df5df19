import { array, assert, asyncProperty, constantFrom, integer, oneof, string, tuple } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { fuzz } from '../support/fuzz.js';
import { rawRequest } from '../support/raw-http.js';

class TestModule {}
const module = {
  module: TestModule,
  imports: [
    JobsModule.forRoot({ url: 'memory:' }),
    MailersModule.forRoot({
      from: 'a@b.test',
      transport: 'memory:',
      preview: { allow: { hosts: ['*.dev.test'] } },
    }),
  ],
};

const apps: INestApplication[] = [];
beforeAll(async () => {
  const quietly = { abortOnError: false, logger: false } as const;
  apps.push(await NestFactory.create(module, quietly));
  apps.push(await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), quietly));
  for (const app of apps) await app.listen(0, '127.0.0.1');
});
afterAll(async () => void (await Promise.all(apps.map((app) => app.close()))));

/** Parts of host names, so that many random headers are almost an allowed name. */
const piece = oneof(
  constantFrom(
    'localhost',
    'LocalHost',
    '127.0.0.1',
    '[::1]',
    'dev.test',
    'evil.example',
    '127',
    '::1',
    'xn--',
    'a',
  ),
  constantFrom(
    '.',
    ':',
    '@',
    '/',
    '\\',
    '#',
    '?',
    ',',
    ';',
    ' ',
    '\t',
    '[',
    ']',
    '%',
    '-',
    '_',
    '*',
    '0',
    '3000',
  ),
  string({ unit: 'binary', maxLength: 3 }),
);
const value = array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));

/** Without headers that Node's parser rejects with 400 by itself. */
const sendable = (host: string): string =>
  Buffer.from(host.replace(/\p{Cc}/gu, ''))
    .toString('latin1')
    .replace(/\p{Cc}/gu, '');

/** The rule, written independently of the code. */
function isOurs(host: string): boolean {
  const trimmed = host.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase();
  const colon = /:\d*$/.exec(trimmed);
  const name = colon && !trimmed.endsWith(']') ? trimmed.slice(0, colon.index) : trimmed;
  if (['localhost', '127.0.0.1', '[::1]'].includes(name)) return true;
  const below = ['.localhost', '.dev.test'].find((ending) => name.endsWith(ending));
  return (
    below !== undefined &&
    name
      .slice(0, -below.length)
      .split('.')
      .every((one) => /^[a-z0-9_-]+$/.test(one))
  );
}

it('a page without guards answers only under the names of this machine and the allowed names', async () => {
  await assert(
    asyncProperty(value.map(sendable), integer({ min: 0, max: 1 }), async (host, which) => {
      const to = {
        host: '127.0.0.1',
        port: (apps[which]!.getHttpServer().address() as { port: number }).port,
      };
      const { status, body } = await rawRequest(to, ['GET /mails HTTP/1.1', `Host: ${host}`]);
      expect([host, status]).toEqual([host, isOurs(host) ? 200 : 403]);
      expect([host, body.includes('<h1>Previews</h1>')]).toEqual([host, isOurs(host)]);
    }),
    fuzz(600),
  );
});

it('a request with two Host headers is refused, whatever they contain', async () => {
  await assert(
    asyncProperty(tuple(value.map(sendable), value.map(sendable)), async (hosts) => {
      const to = { host: '127.0.0.1', port: (apps[0]!.getHttpServer().address() as { port: number }).port };
      const lines = hosts.map((host) => `host: ${host}`);
      expect((await rawRequest(to, ['GET /mails HTTP/1.1', ...lines])).status).not.toBe(200);
    }),
    fuzz(200),
  );
});
