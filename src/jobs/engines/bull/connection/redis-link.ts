import { FledgeError } from '../../../values/errors.js';
import type { JobEvents } from '../../../events/events.js';
import type { RedisClient } from './connection.js';
import { within } from '../../../values/deadline.js';
import { Waiters } from '../../../values/waiters.js';
import { problemOf, type StoreErrors } from './store-errors.js';
import type { ReportedProblems } from './reported-problems.js';

/** A connection that is back within this time, in milliseconds, is not reported as lost. */
const blink = 500;
/** How long an enqueue waits for a connection that was just lost or is being made, in milliseconds. */
const patience = 1_000;

/** Watches one connection. It reports once when the connection is ready and once when it is lost, and makes calls fail fast. */
export class RedisLink {
  private state: 'connecting' | 'ready' | 'lost' | 'closed' = 'connecting';
  private notReadySince = Date.now();
  private lastError: Error = new Error('Connection is closed: not connected yet');
  /** The error that ended the last connection. It explains more than the `close` event. */
  private brokenBy?: Error;
  private readonly changes = new Waiters();
  /** The causes that were reported during this outage. */
  private readonly announced = new Set<string>();
  private slowReady?: NodeJS.Timeout;
  private loss?: NodeJS.Timeout;

  constructor(
    readonly client: RedisClient,
    private readonly errors: StoreErrors,
    private readonly events: JobEvents,
    private readonly reported: ReportedProblems,
  ) {
    client.on('error', (error: Error) => this.onError(errors.bare(error)));
    // Connected, but not ready yet. A later error is more specific.
    client.on('connect', () => this.onConnected());
    client.on('close', () => this.onLost(this.brokenBy ?? new Error('Connection is closed by the server')));
    client.on('ready', () => this.onReady());
  }

  get isReady(): boolean {
    // After a disconnect the client reports itself as ready until its socket has closed.
    return this.state !== 'closed' && this.client.status === 'ready';
  }

  /** Returns undefined once connected, and the reason if the connection is not back within a second of its loss. */
  async whyNotReady(): Promise<Error | undefined> {
    const wait = this.notReadySince + patience - Date.now();
    if (!this.isReady && this.state !== 'closed' && wait > 0) await this.changes.next(wait);
    return this.isReady ? undefined : this.lastError;
  }

  /** Resolves once connected, however long it takes. Rejects if the link is closed first. */
  async ready(): Promise<void> {
    while (!this.isReady) {
      if (this.state === 'closed') throw new FledgeError('FLEDGE_STORE_CLOSED', 'The store was closed.');
      await this.changes.next();
    }
  }

  close(): void {
    this.state = 'closed';
    this.lastError = new FledgeError(
      'FLEDGE_STORE_CLOSED',
      'The job was not enqueued, because the application has closed its store. Enqueue before app.close().',
    );
    clearTimeout(this.slowReady);
    clearTimeout(this.loss);
    this.client.disconnect();
    this.changes.wake();
  }

  private onError(error: Error): void {
    if (this.state === 'closed') return;
    this.lastError = error;
    if (this.state === 'ready') this.brokenBy = error;
    else this.onLost(error);
  }

  /** A server that accepts connections and is not ready loads its data or does not answer. Neither causes an error event. */
  private onConnected(): void {
    if (this.state === 'connecting')
      this.lastError = new Error('Connection is closed: the server has not answered yet');
    clearTimeout(this.slowReady);
    this.slowReady = setTimeout(() => void this.explainSlowness(), patience).unref();
  }

  private async explainSlowness(): Promise<void> {
    if (this.client.status !== 'connect') return;
    // A loading server answers INFO. ioredis 5 rejects the command at once, because the connection is not ready.
    let reason: Error | undefined = new Error('The first command timed out');
    await within(
      patience,
      this.client.info().then(
        (info) => (reason = info.includes('loading:1') ? new Error('LOADING') : undefined),
        (error: unknown) => (reason = this.errors.bare(error)),
      ),
    );
    if (this.isReady || this.state === 'closed' || this.client.status !== 'connect') return;
    if (reason) this.onLost((this.lastError = reason));
  }

  private onLost(error: Error): void {
    if (this.state === 'closed') return;
    const before = this.state;
    if (before === 'ready') this.notReadySince = Date.now();
    this.state = 'lost';
    if (before === 'lost' && problemOf(error).code === 'FLEDGE_STORE_UNREACHABLE') return;
    this.lastError = error;
    if (before !== 'ready') this.announce();
    else this.loss = setTimeout(() => this.announce(), blink).unref();
  }

  /** Reports each cause once. A store that stays unreachable is not reported again, but a wrong password at its return is. */
  private announce(): void {
    if (this.state !== 'lost') return;
    const error = this.errors.explain(this.lastError);
    if (this.announced.has(error.code)) return;
    this.announced.add(error.code);
    if (!this.reported.mayReport(error.code, this)) return;
    this.events.emit({ type: 'store-lost', store: this.errors.store, error });
  }

  private onReady(): void {
    if (this.state === 'closed') return;
    clearTimeout(this.slowReady);
    clearTimeout(this.loss);
    delete this.brokenBy;
    const isNews = this.state === 'connecting' || this.announced.size > 0;
    this.announced.clear();
    this.state = 'ready';
    if (isNews) this.events.emit({ type: 'store-ready', store: this.errors.store });
    this.changes.wake();
  }
}
