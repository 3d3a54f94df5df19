import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BootEnd } from '../../discovery/boot-end.js';
import { asError } from '../../values/errors.js';
import { Store } from '../../store/store.js';
import { printableLines } from '../../values/printable.js';
import { JobsWorker } from './jobs-worker.js';

/**
 * Starts the worker in the web process when the store is in memory, once the whole application has booted. It does not
 * matter whether the application listens, calls only `init`, serves microservices or is an application context.
 */
@Injectable()
export class EmbeddedWorker implements OnModuleInit {
  private readonly logger = new Logger('Jobs');

  constructor(
    private readonly store: Store,
    private readonly worker: JobsWorker,
    private readonly boot: BootEnd,
  ) {}

  onModuleInit(): void {
    // Not in the same tick, so that the code after the boot runs before the first job.
    if (this.store.kind === 'memory') this.boot.call(() => setImmediate(() => void this.start()));
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
