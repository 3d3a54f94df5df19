import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Certificates {
  /** The authority's certificate in PEM, and its path. */
  readonly ca: string;
  readonly caPath: string;
  /** The certificate of a server on 127.0.0.1, signed by the authority. */
  readonly cert: string;
  readonly key: string;
}

/** Creates a private authority and a server certificate that it has signed. */
export function ownCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'fledge-ca-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Our CA',
  );
  openssl('req', ...key, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=127.0.0.1');
  writeFileSync(at('server.ext'), 'subjectAltName=IP:127.0.0.1');
  const signed = [
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-extfile',
    at('server.ext'),
  ];
  openssl('x509', '-req', '-in', at('server.csr'), ...signed, '-out', at('server.pem'), '-days', '2');
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  return { ca: read('ca.pem'), caPath: at('ca.pem'), cert: read('server.pem'), key: read('server.key') };
}
