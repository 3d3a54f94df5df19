import { FledgeError } from '../../../values/errors.js';
import type { JobEvents } from '../../../events/events.js';
import type { RedisClient } from './connection.js';
import { within } from '../../../values/deadline.js';
import { troubleOf, type StoreErrors } from './store-errors.js';
import type { ToldTroubles } from './trouble-log.js';

/** A connection that is back so soon was renewed, not lost: nobody needs to know; milliseconds. */
const blink = 500;
/** How long an enqueue waits for a connection that has only just gone, or is only just being made. */
const patience = 1_000;

/** Watches one connection: says once when it is there and once when it is gone, and lets callers fail fast. */
export class RedisLink {
  private state: 'connecting' | 'ready' | 'lost' | 'closed' = 'connecting';
  private notReadySince = Date.now();
  private lastError: Error = new Error('Connection is closed: not connected yet');
  /** What ended the connection that was there: it says more than its end. */
  private brokenBy?: Error;
  private waiters: (() => void)[] = [];
  /** What was said about this outage: each cause once. */
  private readonly said = new Set<string>();
  private slowReady?: NodeJS.Timeout;
  private loss?: NodeJS.Timeout;

  constructor(
    readonly client: RedisClient,
    private readonly errors: StoreErrors,
    private readonly events: JobEvents,
    private readonly told: ToldTroubles,
  ) {
    client.on('error', (error: Error) => this.onError(errors.bare(error)));
    // Until it is ready; a later error is more to the point.
    client.on('connect', () => this.onConnected());
    client.on('close', () => this.onLost(this.brokenBy ?? new Error('Connection is closed by the server')));
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
    clearTimeout(this.slowReady);
    clearTimeout(this.loss);
    this.client.disconnect();
    this.wake();
  }

  private onError(error: Error): void {
    if (this.state === 'closed') return;
    this.lastError = error;
    if (this.state === 'ready') this.brokenBy = error;
    else this.onLost(error);
  }

  /** A server that is there and not ready loads its data, or does not answer: neither is an error event. */
  private onConnected(): void {
    if (this.state === 'connecting')
      this.lastError = new Error('Connection is closed: the server has not answered yet');
    clearTimeout(this.slowReady);
    this.slowReady = setTimeout(() => void this.explainSlowness(), patience).unref();
  }

  private async explainSlowness(): Promise<void> {
    if (this.client.status !== 'connect') return;
    // A server that loads answers INFO; ioredis 5 does not ask before it is ready, and says so at once.
    let trouble: Error | undefined = new Error('The first command timed out');
    await within(
      patience,
      this.client.info().then(
        (info) => (trouble = info.includes('loading:1') ? new Error('LOADING') : undefined),
        (error: unknown) => (trouble = this.errors.bare(error)),
      ),
    );
    if (this.isReady || this.state === 'closed' || this.client.status !== 'connect') return;
    if (trouble) this.onLost((this.lastError = trouble));
  }

  private onLost(error: Error): void {
    if (this.state === 'closed') return;
    const before = this.state;
    if (before === 'ready') this.notReadySince = Date.now();
    this.state = 'lost';
    if (before === 'lost' && troubleOf(error).code === 'FLEDGE_STORE_UNREACHABLE') return;
    this.lastError = error;
    if (before !== 'ready') this.announce();
    else this.loss = setTimeout(() => this.announce(), blink).unref();
  }

  /** Each cause once: that the store is still out of reach is no news, a wrong password at its return is. */
  private announce(): void {
    if (this.state !== 'lost') return;
    const error = this.errors.trouble(this.lastError);
    if (this.said.has(error.code)) return;
    this.said.add(error.code);
    if (!this.told.mayTell(error.code, this)) return;
    this.events.emit({ type: 'store-lost', store: this.errors.store, error });
  }

  private onReady(): void {
    if (this.state === 'closed') return;
    clearTimeout(this.slowReady);
    clearTimeout(this.loss);
    delete this.brokenBy;
    const isNews = this.state === 'connecting' || this.said.size > 0;
    this.said.clear();
    this.state = 'ready';
    if (isNews) this.events.emit({ type: 'store-ready', store: this.errors.store });
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
