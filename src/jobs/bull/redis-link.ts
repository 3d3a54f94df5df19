import { FledgeError } from '../errors.js';
import type { JobEvents } from '../events.js';
import type { RedisClient } from './connection.js';
import { bareError } from './store-errors.js';

/** How long an enqueue waits for a connection that has only just gone, or is only just being made. */
const patience = 1_000;

/** Watches one connection: says once when it is there and once when it is gone, and lets callers fail fast. */
export class RedisLink {
  private state: 'connecting' | 'ready' | 'lost' | 'closed' = 'connecting';
  private notReadySince = Date.now();
  private lastError: Error = new Error('Connection is closed: not connected yet');
  private waiters: (() => void)[] = [];

  constructor(
    readonly client: RedisClient,
    private readonly description: string,
    private readonly events: JobEvents,
  ) {
    client.on('error', (error: Error) => this.onError(bareError(error)));
    // Until it is ready; a later error is more to the point.
    client.on('connect', () => (this.lastError = new Error('LOADING Redis is connected but not ready yet')));
    client.on('close', () => this.onLost(new Error('Connection is closed by the server')));
    client.on('ready', () => this.onReady());
  }

  get isReady(): boolean {
    // After a disconnect the client calls itself ready until its socket has closed.
    return this.state !== 'closed' && this.client.status === 'ready';
  }

  /** Undefined once connected; the reason when it is not within a second of the loss. */
  async whyNotReady(): Promise<Error | undefined> {
    const wait = this.notReadySince + patience - Date.now();
    if (!this.isReady && this.state !== 'closed' && wait > 0) await this.nextChange(wait);
    return this.isReady ? undefined : this.lastError;
  }

  /** Resolves once connected, however long it takes; rejects when closed meanwhile. */
  async ready(): Promise<void> {
    while (!this.isReady) {
      if (this.state === 'closed') throw new FledgeError('FLEDGE_STORE_CLOSED', 'The store was closed.');
      await this.nextChange();
    }
  }

  close(): void {
    this.state = 'closed';
    this.lastError = new FledgeError(
      'FLEDGE_STORE_CLOSED',
      'The job was not enqueued: the application has closed its store. Enqueue before app.close().',
    );
    this.client.disconnect();
    this.wake();
  }

  private onError(error: Error): void {
    if (this.state === 'closed') return;
    this.lastError = error;
    if (this.state === 'connecting') this.onLost(error);
  }

  private onLost(error: Error): void {
    if (this.state === 'closed' || this.state === 'lost') return;
    if (this.state === 'ready') this.notReadySince = Date.now();
    this.state = 'lost';
    this.lastError = error;
    this.events.emit({ type: 'store-lost', store: this.description, error });
  }

  private onReady(): void {
    if (this.state === 'closed') return;
    this.state = 'ready';
    this.events.emit({ type: 'store-ready', store: this.description });
    this.wake();
  }

  private async nextChange(atMost?: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.waiters.push(resolve);
      if (atMost !== undefined) timer = setTimeout(resolve, atMost);
    });
    clearTimeout(timer);
  }

  private wake(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}
