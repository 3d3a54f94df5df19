import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { asError } from '../../values/errors.js';
import { Store } from '../../store/store.js';
import { printableLines } from '../../values/printable.js';
import { JobsWorker } from './jobs-worker.js';

/** Starts the worker in the web process when the store is in memory, once the whole application is up. */
@Injectable()
export class EmbeddedWorker implements OnApplicationBootstrap {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly store: Store,
    private readonly worker: JobsWorker,
    private readonly host: HttpAdapterHost,
  ) {}

  /** A global module bootstraps first, so the other modules are not up yet when this is called. */
  onApplicationBootstrap(): void {
    if (this.store.kind !== 'memory') return;
    if (this.host.httpAdapter) this.host.listen$.subscribe(() => void this.start());
    else setImmediate(() => void this.start());
  }

  private async start(): Promise<void> {
    try {
      await this.worker.start();
    } catch (error) {
      // No caller awaits this. The application continues to serve requests.
      this.logger.error(printableLines(asError(error).message));
    }
  }
}
