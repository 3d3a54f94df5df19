import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Store } from '../store.js';
import { JobsWorker } from './jobs-worker.js';

/** With the memory store the one process does its own work, once the whole application is up. */
@Injectable()
export class EmbeddedWorker implements OnApplicationBootstrap {
  constructor(
    private readonly store: Store,
    private readonly worker: JobsWorker,
    private readonly host: HttpAdapterHost,
  ) {}

  /** A global module bootstraps first: others are not up yet when this is called. */
  onApplicationBootstrap(): void {
    if (this.store.kind !== 'memory') return;
    if (this.host.httpAdapter) this.host.listen$.subscribe(() => void this.worker.start());
    else setImmediate(() => void this.worker.start());
  }
}
