import { createServer, type Server } from 'node:http';
import { asError, FledgeError } from '../../values/errors.js';
import { showHealthAddress, type HealthAddress } from '../../values/health-address.js';
import { printableJson } from '../../values/printable.js';
import { limitConnections } from './limit-connections.js';

/** What one of the questions is answered with: 200 or 503, and the reasons. */
export interface HealthAnswer {
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface HealthProbe {
  started(): HealthAnswer;
  live(): HealthAnswer;
  ready(): Promise<HealthAnswer>;
}

const paths = { '/startupz': 'started', '/livez': 'live', '/readyz': 'ready' } as const;

/** Milliseconds. A probe sends its few headers at once, and a keep-alive connection must not delay the end of the process. */
const timeouts = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 1_000,
  connectionsCheckingInterval: 1_000,
};

const mostConnections = 100;

/** Answers `/startupz`, `/livez` and `/readyz` over plain HTTP, for orchestrators and `fledge healthcheck`. */
export class HealthServer {
  private server?: Server;

  constructor(
    private readonly address: HealthAddress,
    private readonly probe: HealthProbe,
  ) {}

  /**
   * @returns its URL
   * @throws FledgeError `FLEDGE_HEALTH_PORT`
   */
  async start(): Promise<string> {
    const server = createServer(timeouts, (request, response) => {
      void this.answer(request.method ?? '', request.url ?? '')
        .catch((error: unknown) => ({ status: 500, body: { error: asError(error).message } }))
        .then(({ status, body }) => {
          response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
          response.end(request.method === 'HEAD' ? undefined : `${printableJson(body)}\n`);
        });
    });
    this.server = server;
    limitConnections(server, mostConnections);
    server.unref();
    const { host, port } = this.address;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(cannotListen(this.address, error)));
      server.listen(port, host, resolve);
    });
    return `http://${showHealthAddress(this.address)}`;
  }

  stop(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private async answer(method: string, url: string): Promise<{ status: number; body: unknown }> {
    const path = url.split('?', 1)[0]!;
    if (!(path in paths))
      return { status: 404, body: { error: `There are ${Object.keys(paths).join(', ')}.` } };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: { error: 'GET or HEAD only.' } };
    const { ok, detail } = await this.probe[paths[path as keyof typeof paths]]();
    return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'failing', ...detail } };
  }
}

function cannotListen(address: HealthAddress, error: NodeJS.ErrnoException): FledgeError {
  const message = `The health server cannot listen on ${showHealthAddress(address)} (${error.message}). ${cureOf(error.code)}`;
  return new FledgeError('FLEDGE_HEALTH_PORT', message, { cause: error });
}

function cureOf(code: string | undefined): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'Is another process, such as a second worker on this host, using the port? Give this one another (--health-port, JOBS_HEALTH_PORT), or off.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host is none of this machine’s. Give the port alone for loopback, or 0.0.0.0:7433 for all its addresses (--health-port, JOBS_HEALTH_PORT).';
    case 'EACCES':
      return 'Ports below 1024 are for root: give a higher one (--health-port, JOBS_HEALTH_PORT), or off.';
    default:
      return 'Give another address (--health-port, JOBS_HEALTH_PORT), or off.';
  }
}
