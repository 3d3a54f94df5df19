import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { humanDuration } from '../../values/duration.js';
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

/** How often a port that is in use is tried again, in milliseconds. */
const retryEvery = 250;
/** The time that the old worker needs beyond its shutdown timeout to exit, in milliseconds. */
const exitTakes = 2_000;

/** What the server does if another process uses its port. */
export interface PortPatience {
  /** How long a worker that uses the port may take to stop, in milliseconds. @default 0, it does not wait */
  readonly shutdownTimeout?: number | undefined;
  /** Receives one message if the server has to wait. */
  readonly warn: (text: string) => void;
}

/** Answers `/startupz`, `/livez` and `/readyz` over plain HTTP, for orchestrators and `fledge healthcheck`. */
export class HealthServer {
  private server?: Server;

  constructor(
    private readonly address: HealthAddress,
    private readonly probe: HealthProbe,
  ) {}

  /**
   * Waits for its port while an older worker on this machine stops.
   *
   * @returns its URL
   * @throws FledgeError `FLEDGE_HEALTH_PORT`
   */
  async start(patience?: PortPatience): Promise<string> {
    const server = this.create();
    this.server = server;
    const { shutdownTimeout, warn } = patience ?? {};
    const longest = shutdownTimeout === undefined ? 0 : shutdownTimeout + exitTakes;
    const end = performance.now() + longest;
    for (let attempt = 1; ; attempt++) {
      const error = await this.listen(server);
      if (!error) return `http://${showHealthAddress(this.address)}`;
      if (error.code !== 'EADDRINUSE' || performance.now() >= end) throw cannotListen(this.address, error);
      if (attempt === 1)
        warn?.(
          `The health port ${showHealthAddress(this.address)} is in use, perhaps by a worker that is stopping. This worker waits for the port for up to ${humanDuration(longest)} (shutdown timeout).`,
        );
      await sleep(retryEvery);
    }
  }

  private async listen(server: Server): Promise<NodeJS.ErrnoException | undefined> {
    const { host, port } = this.address;
    server.listen(port, host);
    return once(server, 'listening').then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
  }

  private create(): Server {
    const server = createServer(timeouts, (request, response) => {
      void this.answer(request.method ?? '', request.url ?? '')
        .catch((error: unknown) => ({ status: 500, body: { error: asError(error).message } }))
        .then(({ status, body }) => {
          response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
          response.end(request.method === 'HEAD' ? undefined : `${printableJson(body)}\n`);
        });
    });
    limitConnections(server, mostConnections);
    // A connection that cannot be accepted is no reason to end the worker.
    server.on('error', () => undefined);
    return server.unref();
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
      return 'Another process, such as a second worker on this host, is using the port and has not released it within the shutdown timeout. Set another port or off (--health-port, JOBS_HEALTH_PORT).';
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
