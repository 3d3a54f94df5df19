import { Injectable } from '@nestjs/common';
import { Heartbeat } from '../../fleet/heartbeat.js';
import { Scheduler } from '../../schedules/scheduler.js';
import type { RunningJob } from '../../store/attempt.js';
import type { Beat, FleetCommand } from '../../store/fleet.js';
import { IgnoredSignals } from './ignored-signals.js';
import { LoopDelay } from './loop-delay.js';
import { Trimmer } from './trimmer.js';

/** The parts of the worker that a companion may use. */
export interface CompanionWorker {
  /** The process's id in the fleet. */
  readonly id: string;
  /** The names of the queues that it serves. */
  readonly queues: readonly string[];
  /** The jobs that it is running now. */
  jobs(): readonly RunningJob[];
  describe(): Omit<Beat, 'roundTrip' | 'catalog'>;
  onCommand(command: FleetCommand): void;
}

/** Something that runs next to the jobs for as long as the worker does. */
export interface Companion {
  start(worker: CompanionWorker): void;
  /** May be called more than once, and without a start. */
  stop(): void | Promise<void>;
}

/** The moments of a worker's start. A worker that was asked to be quiet before its queues were open never fetches. */
export type StartMoment = 'opening queues' | 'fetching' | 'queues open';

/**
 * The moments of a worker's stop. `quiet` comes before the wait for running jobs, the other two after it. `queues closed`
 * has no deadline, so what stops then must not wait for anything.
 */
export type StopMoment = 'quiet' | 'closing queues' | 'queues closed';

interface Entry {
  readonly companion: Companion;
  readonly starts: StartMoment;
  readonly stops: StopMoment;
}

/** The companions of a worker, and when each of them starts and stops. */
@Injectable()
export class Companions {
  /** In the order in which those of one moment start and stop. */
  private readonly entries: readonly Entry[];

  constructor(
    private readonly loopDelay: LoopDelay,
    private readonly heartbeat: Heartbeat,
    scheduler: Scheduler,
    trimmer: Trimmer,
    ignoredSignals: IgnoredSignals,
  ) {
    this.entries = [
      { companion: scheduler, starts: 'fetching', stops: 'quiet' },
      { companion: ignoredSignals, starts: 'queues open', stops: 'queues closed' },
      { companion: trimmer, starts: 'fetching', stops: 'queues closed' },
      { companion: loopDelay, starts: 'opening queues', stops: 'queues closed' },
      // Its beat shows the worker as stopping while running jobs finish.
      { companion: heartbeat, starts: 'queues open', stops: 'closing queues' },
    ];
  }

  start(moment: StartMoment, worker: CompanionWorker): void {
    for (const { companion, starts } of this.entries) if (starts === moment) companion.start(worker);
  }

  /** Resolves when all that stop at this moment have stopped. */
  async stop(moment: StopMoment): Promise<void> {
    const stopping = this.entries.filter(({ stops }) => stops === moment);
    await Promise.all(stopping.map(async ({ companion }) => companion.stop()));
  }

  /** Sends the worker's new state to the fleet without waiting for the next beat. */
  announce(): void {
    void this.heartbeat.beat();
  }

  /** The longest delay of the event loop since the last call, in milliseconds. */
  takeLoopDelay(): number {
    return this.loopDelay.take();
  }
}
