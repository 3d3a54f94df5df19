import { Injectable } from '@nestjs/common';
import type { Beat, FleetCommand } from '../store/fleet.js';
import { Store } from '../store/store.js';

/** How often a process looks whether something is asked of it, milliseconds; every fifth time it beats. */
const lookEvery = 2_000;
const looksPerBeat = 5;

/** What the heart beats for. */
export interface Beating {
  readonly id: string;
  describe(): Omit<Beat, 'roundTrip'>;
  obey(command: FleetCommand): void;
}

/**
 * Tells the fleet every 10 s that this process is there and what it does, and takes the commands that were left for it.
 * Trouble of the store is its link's to report; nothing but the fleet's lists depends on a beat.
 */
@Injectable()
export class Heartbeat {
  private timer?: NodeJS.Timeout;
  private of?: Beating;
  private looks = 0;
  private beating = Promise.resolve();

  constructor(private readonly store: Store) {}

  start(of: Beating): void {
    this.of = of;
    this.timer = setInterval(() => void this.look(), lookEvery).unref();
    void this.beat();
  }

  /** Beats at once: something changed that others should know. One after the other, so that the last word is the newest. */
  async beat(): Promise<void> {
    this.beating = this.beating.then(() => this.send());
    await this.beating;
  }

  /** Leaves the fleet in order, after whatever beat is on its way. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { of } = this;
    delete this.of;
    await this.beating;
    if (of) await this.store.fleet.leave(of.id).catch(() => undefined);
  }

  private async send(): Promise<void> {
    if (!this.of) return;
    try {
      const roundTrip = await this.store.ping();
      await this.store.fleet.beat({ ...this.of.describe(), roundTrip: Number(roundTrip.toFixed(2)) });
    } catch {
      // The next one comes.
    }
  }

  private async look(): Promise<void> {
    this.looks += 1;
    if (this.looks % looksPerBeat === 0) void this.beat();
    const { of } = this;
    const command = of && (await this.store.fleet.take(of.id).catch(() => undefined));
    if (command) of.obey(command);
  }
}
