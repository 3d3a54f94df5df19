import { createServer, type Server } from 'node:http';
import { asError, FledgeError } from '../../values/errors.js';
import { showHealthAddress, type HealthAddress } from '../../values/health-address.js';
import { printableJson } from '../../values/printable.js';
import { limitConnections } from './limit-connections.js';

/** The answer to one health check: 200 or 503, and the details. */
export interface HealthAnswer {
  readonly ok: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface HealthProbe {
  started(): HealthAnswer;
  live(): HealthAnswer;
  ready(): Promise<HealthAnswer>;
}

const checks: ReadonlyMap<string, keyof HealthProbe> = new Map([
  ['/startupz', 'started'],
  ['/livez', 'live'],
  ['/readyz', 'ready'],
] as const);

/** In milliseconds. A probe sends its headers at once, and a keep-alive connection must not delay the end of the process. */
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
    const [path = ''] = url.split('?', 1);
    const check = checks.get(path);
    if (!check)
      return { status: 404, body: { error: `Unknown path. Use ${[...checks.keys()].join(', ')}.` } };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: { error: 'Use GET or HEAD.' } };
    const { ok, detail } = await this.probe[check]();
    return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'failing', ...detail } };
  }
}

function cannotListen(address: HealthAddress, error: NodeJS.ErrnoException): FledgeError {
  const message = `The health server cannot listen on ${showHealthAddress(address)} (${error.message}). ${remedyFor(error.code)}`;
  return new FledgeError('FLEDGE_HEALTH_PORT', message, { cause: error });
}

function remedyFor(code: string | undefined): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'Another process, such as a second worker on this host, is using the port. Set another port or off (--health-port, JOBS_HEALTH_PORT).';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'The host is not an address of this machine. Set only the port for loopback, or 0.0.0.0:7433 for all addresses (--health-port, JOBS_HEALTH_PORT).';
    case 'EACCES':
      return 'Only root may use ports below 1024. Set a higher port or off (--health-port, JOBS_HEALTH_PORT).';
    default:
      return 'Set another address or off (--health-port, JOBS_HEALTH_PORT).';
  }
}
