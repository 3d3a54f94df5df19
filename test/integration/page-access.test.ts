import { Catch, type CanActivate, type ExceptionFilter, type INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:http2';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { MailersModule, MailersService } from 'nestjs-fledge/mailers';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { NewsMailer, previewApp, previewFolder, type Platform } from '../support/preview-app.js';
import { rawRequest, type RawAnswer } from '../support/raw-http.js';

const platforms: Platform[] = ['express', 'fastify'];
const port = (app: INestApplication): number => (app.getHttpServer().address() as { port: number }).port;
const digest = '/mails/preview/NewsMailer/digest';
const inMailbox = ['', '.json', '/x', '/x/frame', '/x/message.eml', '/x/attachments/0'];
const pages = ['', '/frame', '/message.eml', '/attachments/0']
  .map((path) => `${digest}${path}`)
  .concat('/mails', ...inMailbox.map((path) => `/mails/mailbox${path}`));

interface Asked {
  readonly path?: string;
  readonly from?: string;
  readonly headers?: readonly string[];
}

/** Requests a page with this Host header. The default client is this machine. */
function ask(app: INestApplication, host: string, asked: Asked = {}): Promise<RawAnswer> {
  const { path = '/mails/mailbox', from = '127.0.0.1', headers = [] } = asked;
  return rawRequest({ host: from, port: port(app) }, [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers]);
}

/** Creates an application with a mail in its mailbox. */
async function appWithMail(
  platform: Platform,
  preview: NonNullable<Parameters<typeof MailersModule.forRoot>[0]>['preview'] = {},
  options: Parameters<typeof previewApp>[2] = {},
): Promise<INestApplication> {
  const app = await previewApp(platform, { transport: 'memory:', preview }, options);
  await app.get(MailersService).for(NewsMailer).reminder().deliverNow();
  return app;
}

const open = { status: 200, body: expect.stringContaining('A reminder') as string };
const refused = {
  status: 403,
  body: expect.not.stringMatching(/reminder|NewsMailer|Articles/) as string,
};

describe.each(platforms)('pages without guards on %s', (platform) => {
  it('answer under the names of this machine, in any case, with any port', async () => {
    const app = await appWithMail(platform);
    for (const host of [
      'localhost',
      'LOCALHOST:1',
      'app.localhost:3000',
      'a.b.localhost',
      '127.0.0.1:3000',
      '[::1]',
    ])
      expect([host, await ask(app, host)]).toMatchObject([host, open]);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.nip.io',
    '127.0.0.2',
    '169.254.169.254',
    '192.168.1.5:3000',
    'localhost.',
    '[::]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '2130706433',
    '',
    ':3000',
    'localhost evil.example',
    'localhost,evil.example',
    'localhost:80:80',
    'user@localhost',
    '<script>alert(1)</script>',
  ])('answer 403 for Host %j', async (host) => {
    const answer = await ask(await appWithMail(platform), host);
    expect(answer).toMatchObject(refused);
    expect(answer.body).not.toContain('<script>alert');
    expect(answer.body).toContain('preview: { guards: [AdminGuard] }');
  });

  it('answer 403 without a Host header, with two, and for a target with its own host', async () => {
    const app = await appWithMail(platform);
    const to = { host: '127.0.0.1', port: port(app) };
    expect(await rawRequest(to, ['GET /mails HTTP/1.0'])).toMatchObject(refused);
    for (const hosts of [
      ['Host: localhost', 'Host: evil.example'],
      ['Host: localhost', 'Host: localhost'],
    ])
      expect(await rawRequest(to, ['GET /mails HTTP/1.1', ...hosts])).toMatchObject(refused);
    const absolute = await rawRequest(to, ['GET http://evil.example/mails HTTP/1.1', 'Host: localhost']);
    expect([403, 404]).toContain(absolute.status);
  });

  it('answer 403 on every page with the host to allow, and open once it is allowed', async () => {
    const closed = await appWithMail(platform);
    for (const path of pages) {
      const answer = await ask(closed, 'app.test:3000', { path });
      expect([path, answer]).toMatchObject([path, refused]);
      expect(answer.body).toContain(
        'MailersModule.forRoot({ preview: { allow: { hosts: [&#39;app.test&#39;] } } })',
      );
    }
    const allowing = await appWithMail(platform, { allow: { hosts: ['app.test', '*.dev.test'] } });
    for (const host of ['app.test:3000', 'APP.TEST', 'one.dev.test', 'localhost'])
      expect([host, await ask(allowing, host)]).toMatchObject([host, open]);
    for (const host of ['dev.test', 'www.app.test']) expect(await ask(allowing, host)).toMatchObject(refused);
  });

  it('ignore headers about host or peer', async () => {
    const trusting = (app: INestApplication): void => {
      if (platform === 'express') (app as NestExpressApplication).set('trust proxy', true);
    };
    const app = await appWithMail(platform, {}, { change: trusting, fastify: { trustProxy: true } });
    const headers = [
      'X-Forwarded-Host: localhost',
      'X-Forwarded-For: 127.0.0.1',
      'Forwarded: host=localhost',
    ];
    expect(await ask(app, 'evil.example', { headers })).toMatchObject(refused);
  });

  it('answer 403 without the application’s filters', async () => {
    @Catch()
    class Everything implements ExceptionFilter {
      catch(): void {
        throw new Error('not reached');
      }
    }
    const change = (app: INestApplication): void => void app.useGlobalFilters(new Everything());
    expect(await ask(await appWithMail(platform, {}, { change }), 'evil.example')).toMatchObject(refused);
  });

  it('leave access to the configured guards', async () => {
    class Key implements CanActivate {
      canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
        return context.switchToHttp().getRequest().headers['x-key'] === 'sesame';
      }
    }
    const app = await appWithMail(platform, { guards: [Key] });
    expect(await ask(app, 'app.test', { headers: ['X-Key: sesame'] })).toMatchObject(open);
    expect(await ask(app, 'localhost')).toMatchObject(refused);
  });

  it('accept a Unix socket only if it is allowed', async () => {
    for (const [allow, expected] of [
      [{}, refused],
      [{ peers: ['unix'] }, open],
    ] as const) {
      const path = join(await previewFolder(), 'web.sock');
      const app = await appWithMail(platform, { allow });
      const server = app.getHttpServer() as Server;
      server.close();
      server.listen(path);
      await once(server, 'listening');
      const answer = await rawRequest({ path }, ['GET /mails/mailbox HTTP/1.1', 'Host: localhost']);
      expect(answer).toMatchObject(expected);
      if (expected === refused) expect(answer.body).toContain('allow: { peers: [&#39;unix&#39;] }');
    }
  });

  it('are not readable by other origins', async () => {
    const app = await appWithMail(platform);
    for (const path of pages) {
      const { headers } = await ask(app, 'localhost', { path });
      expect(headers.toLowerCase()).toContain('cross-origin-resource-policy: same-origin');
      expect(headers.toLowerCase()).toContain('x-dns-prefetch-control: off');
    }
    const page = await ask(app, 'localhost');
    expect(page.headers.toLowerCase()).toContain('cross-origin-opener-policy: same-origin');
  });
});

/** An address that is not loopback, as another machine in the network or a container's gateway has. */
const address = Object.values(networkInterfaces())
  .flatMap((one) => one ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe.skipIf(address === undefined)(
  'from another address (skipped if the machine has only loopback)',
  () => {
    it.each(platforms)(
      '%s answers 403 with the address to allow, and opens once it is allowed',
      async (platform) => {
        const from = address!;
        const closed = await appWithMail(platform, {}, { address: '0.0.0.0' });
        const answer = await ask(closed, 'localhost', { from });
        expect(answer).toMatchObject(refused);
        expect(answer.body).toContain(`preview: { allow: { peers: [&#39;${from}&#39;] } }`);
        const headers = ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=127.0.0.1'];
        expect(await ask(closed, 'localhost', { from, headers })).toMatchObject(refused);
        const both = await ask(closed, `${from}:3000`, { from });
        expect(both.body).toContain(`allow: { hosts: [&#39;${from}&#39;], peers: [&#39;${from}&#39;] }`);

        const range = `${from.replace(/\.\d+$/, '.0')}/24`;
        const allowing = await appWithMail(platform, { allow: { peers: [range] } }, { address: '0.0.0.0' });
        expect(await ask(allowing, 'localhost', { from })).toMatchObject(open);
        expect(await ask(allowing, 'evil.example', { from })).toMatchObject(refused);
        expect(await ask(allowing, from, { from })).toMatchObject(refused);
      },
    );

    it('express with trusted proxies answers 403', async () => {
      const change = (app: INestApplication): void =>
        void (app as NestExpressApplication).set('trust proxy', true);
      const app = await appWithMail('express', {}, { address: '0.0.0.0', change });
      const headers = ['X-Forwarded-For: 127.0.0.1'];
      expect(await ask(app, 'localhost', { from: address!, headers })).toMatchObject(refused);
    });

    it('a dual-stack server treats IPv4 and IPv6 alike', async () => {
      const app = await appWithMail('express', {}, { address: '::' });
      expect(await ask(app, 'localhost')).toMatchObject(open);
      expect(await ask(app, '[::1]', { from: '::1' })).toMatchObject(open);
      const answer = await ask(app, 'localhost', { from: address! });
      expect(answer).toMatchObject(refused);
      expect(answer.body).toContain(`peers: [&#39;${address}&#39;]`);
    });
  },
);

it('pages without guards answer 403 to an injected request, whose address proves nothing', async () => {
  const app = (await appWithMail('fastify')) as NestFastifyApplication;
  const { statusCode, body } = await app.inject({ path: '/mails', headers: { host: 'localhost' } });
  expect(statusCode).toBe(403);
  expect(body).toContain('preview: { guards: [AdminGuard] }');
  expect(body).not.toContain('allow:');
});

it('pages without guards answer 403 to the :authority of HTTP/2', async () => {
  const app = await appWithMail('fastify', {}, { fastify: { http2: true } as object });
  const client = connect(`http://localhost:${port(app)}`, { host: '127.0.0.1' } as object);
  onTestFinished(() => client.close());
  const request = client.request({ ':path': '/mails' });
  const [headers] = (await once(request, 'response')) as [{ ':status': number }];
  expect(headers[':status']).toBe(403);
  request.resume();
  await once(request, 'close');
});

describe('previews by NODE_ENV', () => {
  const transport = 'smtp://127.0.0.1:1';
  const inEnvironment = (value: string | undefined): void => {
    vi.stubEnv('NODE_ENV', value);
    onTestFinished(() => void vi.unstubAllEnvs());
  };
  /** Production still refuses the memory store. */
  const store = (value: string | undefined) =>
    value === 'production' ? { url: privateUrl(inject('redisUrl')) } : {};

  it.each([undefined, '', 'development', 'test'])('%j has previews', async (value) => {
    inEnvironment(value);
    expect(
      await ask(await previewApp('express', { transport }), 'localhost', { path: '/mails' }),
    ).toMatchObject({
      status: 200,
    });
  });

  it.each(['production', 'staging', 'prod', 'Production', 'production ', 'live', 'Development', 'dev'])(
    '%j has none without guards',
    async (value) => {
      inEnvironment(value);
      const path = '/mails';
      const preview = { allow: { hosts: ['app.test'] } };
      for (const options of [{ transport }, { transport, preview }])
        expect(
          await ask(await previewApp('express', options, store(value)), 'localhost', { path }),
        ).toMatchObject({
          status: 404,
        });
      await expect(
        previewApp('express', { transport, preview: { path: 'mails' } }, store(value)),
      ).rejects.toMatchObject({
        code: 'FLEDGE_MAIL_PREVIEW_UNGUARDED',
        message: expect.stringContaining(`NODE_ENV is ${JSON.stringify(value)}`),
      });
      const guards = [{ canActivate: () => true }];
      const guarded = await previewApp('express', { transport, preview: { guards } }, store(value));
      expect(await ask(guarded, 'app.test', { path })).toMatchObject({ status: 200 });
      // Only developers may see a stack trace.
      const broken = await ask(guarded, 'app.test', { path: '/mails/preview/BrokenMailer/always' });
      expect(broken.body).not.toContain('preview-app');
    },
  );
});

it.each([
  [{ hosts: 'app.test' }, 'preview.allow.hosts is not an array'],
  [{ hosts: ['app.test:3000'] }, 'preview.allow.hosts has an invalid entry: "app.test:3000"'],
  [{ hosts: ['*'] }, 'preview.allow.hosts has an invalid entry: "*"'],
  [{ hosts: [7] }, 'preview.allow.hosts has an invalid entry: number'],
  [{ peers: '10.0.0.0/8' }, 'preview.allow.peers is not an array'],
  [{ peers: ['localhost'] }, 'preview.allow.peers has an invalid entry: "localhost"'],
  [{ peers: ['10.0.0.0/33'] }, 'preview.allow.peers has an invalid entry: "10.0.0.0/33"'],
  [{ peers: [''] }, 'preview.allow.peers has an invalid entry: ""'],
  [{ peers: null }, 'preview.allow.peers is not an array'],
  [{ host: ['app.test'] }, 'preview.allow has an unknown option: "host"'],
  [null, 'preview.allow is not an object'],
  [['app.test'], 'preview.allow is not an object'],
  [true, 'preview.allow is not an object'],
])('does not boot with allow %j', async (allow, message) => {
  await expect(previewApp('express', { preview: { allow: allow as object } })).rejects.toMatchObject({
    code: 'FLEDGE_OPTION_INVALID',
    message: expect.stringContaining(message),
  });
});
