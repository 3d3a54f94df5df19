import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { ownRedis } from './redis-server.js';

/** The paths of a server's certificate, of its key, and of its authority's certificate. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/**
 * Starts a Redis that speaks TLS.
 *
 * @param clients whether clients must have a certificate
 * @returns its port for TLS
 */
export async function tlsRedis(
  { cert, key, ca }: TlsFiles,
  clients: 'yes' | 'no' = 'no',
  settings: string[] = [],
): Promise<number> {
  const port = await freePort();
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca];
  await ownRedis(['--tls-port', String(port), '--tls-auth-clients', clients, ...files, ...settings]);
  return port;
}

/** As on Heroku: a certificate that the server signed itself, for a name that is not its address. */
export function selfSigned(name = 'cache.internal'): TlsFiles {
  const at = mkdtempSync(join(tmpdir(), 'fledge-tls-'));
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  const [key, cert] = [join(at, 'key.pem'), join(at, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const make = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', ...make, ...subject], { stdio: 'ignore' });
  return { cert, key, ca: cert };
}
