import { randomUUID } from 'node:crypto';
import { inventoryBounds, type JobState, type Sweep } from '../../../store/inventory.js';
import type { RedisClient } from '../connection/connection.js';
import { jobRecord } from './job-record.js';
import type { Place } from '../scripts/raw-job.js';
import { placesOf } from './job-walk.js';
import { sweepScript, type SweepAnswer, type SweepStep } from '../scripts/sweep-script.js';

type Bounds = Pick<SweepStep, 'examine' | 'most' | 'near'>;

/** How many jobs one step looks at and discards. The server answers no other client during a step. */
const usual: Bounds = { examine: 5_000, most: 500, near: 1_000 };
/** The same where whole jobs are read, with their payloads. */
const ofWholeJobs: Bounds = { ...usual, examine: inventoryBounds.slice };
/** How many anchors are kept of each kind. */
const anchors = 8;
/** A sweep begins again when all its anchors are gone. It gives up after so many times, so that it always ends. */
const mostRestarts = 1_000;

export interface SweepHost {
  readonly client: RedisClient;
  /** Converts failures into coded errors, and waits no longer than an add does. */
  readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>;
  /** Removes a job that needs more than the script does; true if it is gone. */
  readonly remove: (id: string) => Promise<boolean>;
}

interface Position {
  readonly passed: number;
  readonly after: readonly string[];
  readonly kept: readonly string[];
  readonly newest?: readonly string[];
}

const beginning: Position = { passed: 0, after: [], kept: [] };

/** Discards jobs of one queue, step by step. */
export class JobSweep {
  constructor(
    private readonly host: SweepHost,
    private readonly queue: string,
    /** The queue's keys begin with this. */
    private readonly base: string,
    private readonly sweep: Sweep,
    private readonly bounds: Bounds = sweep.matches ? ofWholeJobs : usual,
  ) {}

  /** @returns how many jobs are gone */
  async run(): Promise<number> {
    const places = new Set(this.sweep.states.flatMap((state) => placesOf[state]));
    let gone = 0;
    for (const place of places) gone += await this.sweepPlace(place);
    return gone;
  }

  private async sweepPlace(place: Place): Promise<number> {
    let position = beginning;
    let gone = 0;
    for (let restarts = 0; restarts < mostRestarts;) {
      const [went, passed, isLost, isEnd, left, after, kept, newest] = await this.step(place, position);
      gone += went;
      for (const id of left) if (await this.host.remove(id)) gone += 1;
      if (isEnd) break;
      restarts += isLost;
      position = {
        passed,
        after: after.length > 0 ? after : position.after,
        kept: [...kept, ...position.kept].slice(0, anchors),
        newest,
      };
    }
    return gone;
  }

  private async step(place: Place, position: Position): Promise<SweepAnswer> {
    const { names, before, matches } = this.sweep;
    const { passed, after, kept, newest } = position;
    const step: SweepStep = {
      base: this.base,
      place,
      order: orderOf(place),
      ...this.bounds,
      passed,
      anchors: [...after, ...kept],
      ...(newest && { newest }),
      mark: `fledge:discarded:${randomUUID()}`,
      ...(names && { names }),
      ...(before !== undefined && { before }),
      ...this.retriedIn(place),
    };
    if (!matches) return this.call(step);
    const jobs = (await this.call({ ...step, look: true }))[8];
    const records = jobs.map((raw) => jobRecord(this.queue, place, raw));
    return this.call({ ...step, only: records.filter(matches).map(({ id }) => id) });
  }

  private async call(step: SweepStep): Promise<SweepAnswer> {
    const { client, ask } = this.host;
    const key = this.base + step.place;
    return (await ask(() => sweepScript.run(client, key, JSON.stringify(step)))) as SweepAnswer;
  }

  /** `scheduled` and `retrying` are in the same place. */
  private retriedIn(place: Place): Pick<SweepStep, 'retried'> {
    const has = (state: JobState): boolean => (this.sweep.states as readonly JobState[]).includes(state);
    const isOne = place === 'delayed' && has('scheduled') !== has('retrying');
    return isOne ? { retried: has('retrying') } : {};
  }
}

function orderOf(place: Place): SweepStep['order'] {
  if (place === 'wait') return 'list';
  return place === 'failed' || place === 'completed' ? 'desc' : 'asc';
}
