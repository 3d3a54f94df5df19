import { randomUUID } from 'node:crypto';
import { inventoryBounds, type JobState, type Sweep } from '../../../store/inventory.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { jobRecord } from './job-record.js';
import type { Place } from '../scripts/raw-job.js';
import { placesOf } from './job-walk.js';
import type { KeptNote } from '../scripts/cancel-script.js';
import { sweepPlace } from '../scripts/sweep-script.js';
import type { SweepResult, SweepStep } from '../scripts/sweep-step.js';

type Bounds = Pick<SweepStep, 'examine' | 'most' | 'near'>;

/** How many jobs one step examines and discards. The server serves no other client during a step. */
const usual: Bounds = { examine: 5_000, most: 500, near: 1_000 };
/** The bounds if each job has to be read as a whole, with its payload. */
const ofWholeJobs: Bounds = { ...usual, examine: inventoryBounds.slice };
/** How many anchors of each kind are kept. */
const anchors = 8;
/** A sweep begins again when all its anchors are gone. After this many times it stops, so that it always ends. */
const mostRestarts = 1_000;

export interface SweepHost {
  readonly client: RedisClient;
  readonly ask: Ask;
  /** Removes a job that needs more than the script does. Returns whether the job is gone. */
  readonly remove: (id: string) => Promise<boolean>;
  /** What is remembered of the jobs. @default they are only discarded */
  readonly kept?: KeptNote | undefined;
}

interface Position {
  readonly passed: number;
  readonly after: readonly string[];
  readonly kept: readonly string[];
  readonly newest?: readonly string[];
}

const beginning: Position = { passed: 0, after: [], kept: [] };

/** Discards jobs of one queue in short steps. */
export class JobSweep {
  private gone = 0;

  constructor(
    private readonly host: SweepHost,
    private readonly queue: string,
    /** The start of the queue's keys. */
    private readonly base: string,
    private readonly sweep: Sweep,
    private readonly bounds: Bounds = sweep.matches ? ofWholeJobs : usual,
  ) {}

  /** @returns how many jobs are gone */
  async run(): Promise<number> {
    const places = new Set(this.sweep.states.flatMap((state) => placesOf[state]));
    for (const place of places) await this.sweepPlace(place);
    return this.gone;
  }

  private async sweepPlace(place: Place): Promise<void> {
    let position = beginning;
    for (let restarts = 0; restarts < mostRestarts;) {
      const step = await this.step(place, position);
      this.gone += step.gone;
      for (const id of step.left) if (await this.host.remove(id)) this.gone += 1;
      if (step.isEnd) break;
      if (step.isLost) restarts += 1;
      position = {
        passed: step.passed,
        after: step.after.length > 0 ? step.after : position.after,
        kept: [...step.kept, ...position.kept].slice(0, anchors),
        newest: step.newest,
      };
    }
  }

  private async step(place: Place, position: Position): Promise<SweepResult> {
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
      ...this.note(),
    };
    if (!matches) return this.call(step);
    const { jobs } = await this.call({ ...step, look: true });
    const records = jobs.map((raw) => jobRecord(this.queue, place, raw));
    return this.call({ ...step, only: records.filter(matches).map(({ id }) => id) });
  }

  private call(step: SweepStep): Promise<SweepResult> {
    const { client, ask } = this.host;
    return ask(() => sweepPlace(client, step));
  }

  /** Further jobs would push out those that are remembered, at a cost for each. */
  private note(): Pick<SweepStep, 'cancelled'> {
    const { kept } = this.host;
    return kept && this.gone < kept.most ? { cancelled: kept } : {};
  }

  /** Scheduled and retrying jobs are in the same place. */
  private retriedIn(place: Place): Pick<SweepStep, 'retried'> {
    if (place !== 'delayed') return {};
    const has = (state: JobState): boolean => this.sweep.states.some((one) => one === state);
    return has('scheduled') === has('retrying') ? {} : { retried: has('retrying') };
  }
}

function orderOf(place: Place): SweepStep['order'] {
  if (place === 'wait') return 'list';
  return place === 'failed' || place === 'completed' ? 'desc' : 'asc';
}
