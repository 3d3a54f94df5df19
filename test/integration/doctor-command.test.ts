import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check, Diagnosis } from 'nestjs-fledge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { fledgeOn } from '../support/fledge-command.js';
import { root } from '../support/pack.js';
import { ownRedis } from '../support/redis-server.js';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command in its own process. */
function fledge(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'dist/cli/main.js'), ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (_, out, err) => {
        expect(out + err).not.toContain('s3cret');
        resolve({ code: child.exitCode, out, err });
      },
    );
  });
}

/** The same command in this process. Exit codes and the separation of streams are tested with the process. */
async function fledgeHere(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const ended = await fledgeOn({ env }, args);
  expect(ended.out + ended.err).not.toContain('s3cret');
  return ended;
}

async function json(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended & { diagnosis: Diagnosis }> {
  const ended = await fledge(['doctor', '--json', ...args], env);
  return { ...ended, diagnosis: JSON.parse(ended.out) as Diagnosis };
}

const durable = ['--appendonly', 'yes'];

/** Without the latency, because a busy machine makes every server look slow. */
const faultsOf = ({ checks }: Diagnosis): Check[] =>
  checks.filter(({ status, name }) => status !== 'ok' && name !== 'latency');

/** The last line. A busy machine makes every server look slow, which is one more warning. */
function totals(out: string, errors: number, warnings: number): string {
  const all = warnings + (out.includes('FLEDGE_STORE_SLOW') ? 1 : 0);
  return `\n${errors} error${errors === 1 ? '' : 's'}, ${all} warning${all === 1 ? '' : 's'}\n`;
}

describe('fledge doctor', () => {
  it('exits with 0 without errors, and prints no colours and nothing on stderr', async () => {
    const redis = await ownRedis(['--requirepass', 's3cret']);
    const { code, out, err } = await fledge(['doctor', redis.url.replace('//', '//:s3cret@')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${redis.url}/0, prefix {fledge}\n`);
    expect(out).toMatch(/^! persistence +no append-only file/m);
    expect(out).toMatch(/\n! persistence \[FLEDGE_STORE_PERSISTENCE\]\n {4}Set appendonly yes/);
    expect(out.endsWith(totals(out, 0, 1))).toBe(true);
    expect(out).not.toContain('\u001b');
  });

  it('reads store and password from the environment', async () => {
    const redis = await ownRedis(['--requirepass', 's3cret', ...durable]);
    const env = { JOBS_URL: redis.url, JOBS_PASSWORD: 's3cret' };
    const { out } = await fledge(['doctor'], env);
    expect(out.endsWith(totals(out, 0, 0))).toBe(true);
  });

  it('exits with 1 on an error', async () => {
    const redis = await ownRedis(['--maxmemory', '1gb', '--maxmemory-policy', 'allkeys-lru', ...durable]);
    const { code, out } = await fledge(['doctor', redis.url]);
    expect(code).toBe(1);
    expect(out).toContain('✗ eviction policy [FLEDGE_EVICTION_POLICY]');
    expect(out.endsWith(totals(out, 1, 0))).toBe(true);
  });

  it('prints one JSON object and nothing else with --json', async () => {
    const redis = await ownRedis();
    const { code, err, out, diagnosis } = await json([redis.url]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.trimEnd()).not.toContain('\n');
    expect(Object.keys(diagnosis)).toEqual(['store', 'ok', 'errors', 'warnings', 'checks']);
    expect(diagnosis).toMatchObject({ ok: true, errors: 0 });
    expect(faultsOf(diagnosis)).toEqual([
      {
        name: 'persistence',
        status: 'warning',
        found: expect.any(String),
        code: 'FLEDGE_STORE_PERSISTENCE',
        fix: expect.any(String),
      },
    ]);
  });

  // The command's own limit is 5 s. Without it the command would wait for a frozen server longer than the test may
  // take.
  it('reports each reason why it cannot reach the store, also a frozen server', async () => {
    const frozen = await ownRedis();
    frozen.process.kill('SIGSTOP');
    const locked = await ownRedis(['--requirepass', 'other']);
    for (const [url, expected] of [
      [`redis://:s3cret@127.0.0.1:${await freePort()}`, 'FLEDGE_STORE_UNREACHABLE'],
      [locked.url.replace('//', '//:s3cret@'), 'FLEDGE_STORE_AUTH'],
      [frozen.url, 'FLEDGE_STORE_TIMEOUT'],
    ] as const) {
      const { code, diagnosis } = await json([url]);
      expect(code).toBe(1);
      expect(diagnosis.checks).toMatchObject([{ name: 'connection', status: 'error', code: expected }]);
    }
  });

  it.each<[string[], NodeJS.ProcessEnv, string]>([
    [['doctor'], {}, 'set JOBS_URL'],
    [['doctor', '--json'], {}, 'set JOBS_URL'],
    [['doctor', 'memory:'], {}, 'no server to examine'],
    [['doctor'], { JOBS_URL: 'memory:' }, 'no server to examine'],
    [['doctor', 'http://:s3cret@x'], {}, 'neither redis:// nor rediss://'],
    [['doctor', 'redis://:s3cret@a', 'redis://:s3cret@b'], {}, 'Too many arguments'],
    [['doctor', '--jsno', 'redis://:s3cret@a'], {}, 'Did you mean "--json"?'],
    [['docter'], {}, 'Did you mean "doctor"?'],
    [['redis://:s3cret@a'], {}, 'Unknown command'],
  ])('%j exits with 2', async (args, env, message) => {
    const { code, out, err } = await fledgeHere(args, env);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('works as a process, and prints usage errors only on stderr', async () => {
    const { code, out, err } = await fledge(['docter']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Did you mean "doctor"?');
  });

  it.each([[[]], [['--help']], [['help', 'doctor']], [['doctor', '--help']]])('%j helps', async (args) => {
    // Only the process knows all commands.
    const { code, out } = await (args.includes('doctor') ? fledgeHere(args) : fledge(args));
    expect(code).toBe(0);
    expect(out).toContain(
      args.includes('doctor') ? 'Usage: fledge doctor [url] [options]' : 'doctor       checks',
    );
  });
});

describe('over TLS', () => {
  /** Starts a server with its own certificate, which expires after this many days. */
  async function tlsRedis(days: number): Promise<{ url: string; authority: string }> {
    const directory = await mkdtemp(join(tmpdir(), 'fledge-tls-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1'.split(' ');
    const make = `req -x509 -newkey rsa:2048 -nodes -days ${days}`.split(' ');
    execFileSync('openssl', [...make, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
    const port = await freePort();
    const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate];
    await ownRedis(['--tls-port', String(port), '--tls-auth-clients', 'no', ...files, ...durable]);
    return { url: `rediss://localhost:${port}`, authority: certificate };
  }

  it('warns of a certificate that expires soon, and of no other', async () => {
    const soon = await tlsRedis(20);
    const { diagnosis } = await json([soon.url], { NODE_EXTRA_CA_CERTS: soon.authority });
    expect(faultsOf(diagnosis)).toMatchObject([
      { name: 'TLS', status: 'warning', code: 'FLEDGE_STORE_CERTIFICATE' },
    ]);
    const later = await tlsRedis(200);
    const { diagnosis: good } = await json([later.url], { NODE_EXTRA_CA_CERTS: later.authority });
    expect(good.checks.find(({ name }) => name === 'TLS')).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/^TLSv1\.\d, verified, certificate valid until \d{4}-/),
    });
  });

  it('reports an unknown authority as a failed connection with its own code', async () => {
    const { url } = await tlsRedis(20);
    const { code, diagnosis } = await json([url]);
    expect(code).toBe(1);
    expect(diagnosis.checks).toMatchObject([{ name: 'connection', code: 'FLEDGE_STORE_TLS' }]);
  });
});
