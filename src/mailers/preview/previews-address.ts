import type { OnModuleInit } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { posix } from 'node:path';
import { isObject } from '../../jobs/internals.js';
import type { JobEvents } from '../../jobs/index.js';

/** Logs the address of the preview pages once the application listens. It never listens in a worker or a test without HTTP. */
export class PreviewsAddress implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    private readonly events: JobEvents,
    private readonly path: string,
  ) {}

  onModuleInit(): void {
    this.host.listen$.subscribe(() => {
      const url = this.url();
      if (url !== undefined) this.events.emit({ type: 'mail-previews-listening', url });
    });
  }

  /** Returns undefined if the server listens on no port, as on a Unix socket. */
  private url(): string | undefined {
    const server: unknown = this.host.httpAdapter.getHttpServer();
    if (!isObject(server) || typeof server.address !== 'function') return undefined;
    const address: unknown = server.address();
    if (!isObject(address) || typeof address.port !== 'number') return undefined;
    // Only a TLS server has this method.
    const protocol = typeof server.setSecureContext === 'function' ? 'https' : 'http';
    return `${protocol}://localhost:${address.port}${this.route()}`;
  }

  private route(): string {
    const route = posix.join('/', this.path);
    const { exclude = [] } = this.config.getGlobalPrefixOptions();
    const isExcluded = exclude.some(({ pathRegex }) => pathRegex.test(route));
    return isExcluded ? route : posix.join('/', this.config.getGlobalPrefix(), this.path);
  }
}
