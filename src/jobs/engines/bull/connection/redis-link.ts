import { FledgeError } from '../../../values/errors.js';
import type { JobEvents } from '../../../events/events.js';
import type { RedisClient } from './connection.js';
import { AwakeTimer } from './awake-timer.js';
import { within } from '../../../values/deadline.js';
import { Waiters } from '../../../values/waiters.js';
import { problemOf, type StoreErrors } from './store-errors.js';
import type { ReportedProblems } from './reported-problems.js';

/** A connection that is back within this time, in milliseconds, is not reported as lost. */
const blink = 500;
/** How long enqueues wait for a connection that was just lost or is being made, in milliseconds of a running event loop. */
const patience = 1_000;

/** Watches one connection. It reports once when the connection is ready and once when it is lost, and makes calls fail fast. */
export class RedisLink {
  private state: 'connecting' | 'ready' | 'lost' | 'closed' = 'connecting';
  /** Whether the connection has been missing for so long that enqueues fail at once. */
  private isGivenUp = false;
  private patienceTimer?: AwakeTimer;
  private connected = 0;
  private lastError: Error = new Error('Connection is closed: not connected yet');
  /** The error that ended the last connection. It explains more than the `close` event. */
  private brokenBy?: Error;
  private readonly changes = new Waiters();
  /** The causes that were reported during this outage. */
  private readonly announced = new Set<string>();
  private slowReady?: AwakeTimer;
  private loss?: AwakeTimer;

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
    this.beginPatience();
  }

  get isReady(): boolean {
    // After a disconnect the client reports itself as ready until its socket has closed.
    return this.state !== 'closed' && this.client.status === 'ready';
  }

  /** How many times it has connected. */
  get connections(): number {
    return this.connected;
  }

  /**
   * Resolves when it has connected again after that many connections, or when enqueues no longer wait for it. A closed
   * connection looks ready until its socket has closed. A cluster's client connects to its nodes by itself.
   */
  async reconnected(after: number): Promise<void> {
    if ('nodes' in this.client) return;
    while (this.connected === after && this.state !== 'closed' && !this.isGivenUp) await this.changes.next();
  }

  /** Returns undefined once connected, and the reason if the connection is not back within a second of its loss. */
  async whyNotReady(): Promise<Error | undefined> {
    while (!this.isReady && this.state !== 'closed' && !this.isGivenUp) await this.changes.next();
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
    this.patienceTimer?.cancel();
    this.slowReady?.cancel();
    this.loss?.cancel();
    this.client.disconnect();
    this.changes.wake();
  }

  private beginPatience(): void {
    this.patienceTimer?.cancel();
    this.patienceTimer = new AwakeTimer(patience, () => {
      this.isGivenUp = true;
      this.changes.wake();
    });
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
    this.slowReady?.cancel();
    this.slowReady = new AwakeTimer(patience, () => void this.explainSlowness());
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
    if (before === 'ready') this.beginPatience();
    this.state = 'lost';
    if (before === 'lost' && problemOf(error).code === 'FLEDGE_STORE_UNREACHABLE') return;
    this.lastError = error;
    if (before !== 'ready') this.announce();
    else this.loss = new AwakeTimer(blink, () => this.announce());
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
    this.patienceTimer?.cancel();
    this.slowReady?.cancel();
    this.isGivenUp = false;
    this.connected += 1;
    this.loss?.cancel();
    delete this.brokenBy;
    const isNews = this.state === 'connecting' || this.announced.size > 0;
    this.announced.clear();
    this.state = 'ready';
    if (isNews) this.events.emit({ type: 'store-ready', store: this.errors.store });
    this.changes.wake();
  }
}
