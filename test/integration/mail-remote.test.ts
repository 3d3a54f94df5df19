import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { fetchRemote, type Network } from '../../src/mailers/compose/attachments/remote-file.js';
import { isPrivateAddress } from '../../src/mailers/compose/attachments/private-address.js';
import { folderOf } from '../support/folder-of.js';

const refuse = (why: string): never => {
  throw new Error(`refused: ${why}`);
};

/**
 * A real server for https://files.test and https://other.test. Its loopback address counts as public in these tests.
 */
async function server(listener: RequestListener) {
  const folder = await folderOf({});
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = 'subjectAltName=DNS:files.test,DNS:other.test';
  const make = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '1',
  ];
  const subject = ['-subj', '/CN=files.test', '-addext', names];
  execFileSync('openssl', [...make, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const ca = await readFile(cert, 'utf8');
  const https = createServer({ key: await readFile(key), cert: ca }, listener);
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    https.closeAllConnections();
    https.close();
  });
  const { port } = https.address() as AddressInfo;
  const network = {
    ca,
    resolve: async (host: string) => [
      { address: host === 'other.test' ? '10.0.0.1' : '127.0.0.1', family: 4 },
    ],
    isPrivate: (address: string) => address !== '127.0.0.1' && isPrivateAddress(address),
  };
  return async (
    path: string,
    allowed = [`files.test:${port}`],
    trusted: Network = network,
    signal = new AbortController().signal,
    timeout = 60_000,
  ): Promise<string> => {
    const href = `https://files.test:${port}${path}`;
    const read = async (body: Readable): Promise<string> => (await body.toArray()).join('');
    return fetchRemote(href, { allowed, timeout }, refuse, signal, read, trusted);
  };
}

it('a file is fetched only from allowed hosts, also after redirects', async () => {
  const asked: (string | undefined)[] = [];
  const get = await server((request, response) => {
    asked.push(request.headers.host);
    const { port } = request.socket.address() as AddressInfo;
    const redirects: Record<string, string> = {
      '/near': '/file',
      '/far': 'https://evil.test/file',
      '/down': `http://files.test:${port}/file`,
      '/private': `https://other.test:${port}/file`,
      '/metadata': 'https://169.254.169.254/latest',
      '/round': '/round',
    };
    const location = redirects[request.url!];
    if (location) return void response.writeHead(302, { location }).end();
    if (request.url === '/file') return void response.end('the file');
    response.writeHead(404).end('no such file');
  });
  expect(await get('/file')).toBe('the file');
  expect(await get('/near')).toBe('the file');
  const port = asked[0]!.split(':')[1];
  const both = [`files.test:${port}`, `other.test:${port}`, '169.254.169.254'];
  await expect(get('/far')).rejects.toThrow(/refused: .*not allowed, evil\.test\./);
  await expect(get('/down')).rejects.toThrow(/refused: .*not https/);
  await expect(get('/private', both)).rejects.toThrow(/refused: other\.test has a private address/);
  await expect(get('/metadata', both)).rejects.toThrow(/refused: 169\.254\.169\.254 has a private address/);
  await expect(get('/round')).rejects.toThrow(/more than 3 redirects/);
  await expect(get('/missing')).rejects.toThrow(/responded with 404/);
  await expect(get('/file', ['files.test'])).rejects.toThrow(/not allowed/);
});

it('a file is not fetched from an unverified server, and not after the job ends', async () => {
  const get = await server((_, response) => void response.end('the file'));
  const stranger = {
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    isPrivate: () => false,
    ca: '',
  };
  await expect(get('/file', undefined, stranger)).rejects.toThrow(/self-signed|unable to/);
  const job = new AbortController();
  const silent = await server(() => job.abort(new Error('the job is cancelled')));
  await expect(silent('/file', undefined, undefined, job.signal)).rejects.toThrow(/the job is cancelled/);
});

/** Sends a body that never ends, one byte at a time, so that an idle timeout does not apply. */
function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), 10);
  response.on('close', () => clearInterval(timer));
}

it('a fetch is limited by its total time, wherever the server is slow', async () => {
  const dripping = await server((_, response) => drip(response));
  await expect(dripping('/file', undefined, undefined, undefined, 300)).rejects.toThrow(
    /it took longer than 0\.3 s/,
  );
  const round = await server((_, response) => {
    setTimeout(() => response.writeHead(302, { location: '/again' }).end(), 200);
  });
  await expect(round('/file', undefined, undefined, undefined, 300)).rejects.toThrow(/longer than 0\.3 s/);
  const never = { resolve: () => new Promise<never>(() => undefined), isPrivate: () => false, ca: '' };
  await expect(dripping('/file', undefined, never, undefined, 300)).rejects.toThrow(/longer than 0\.3 s/);
});

it('a slow fetch stops as soon as the job ends', async () => {
  const job = new AbortController();
  const dripping = await server((_, response) => {
    drip(response);
    setTimeout(() => job.abort(new Error('the job is cancelled')), 50);
  });
  await expect(dripping('/file', undefined, undefined, job.signal)).rejects.toThrow(/the job is cancelled/);
});
