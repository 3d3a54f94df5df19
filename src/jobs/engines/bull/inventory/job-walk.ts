import { invalidOption } from '../../../values/errors.js';
import { inventoryBounds, type JobState } from '../../../store/inventory.js';
import { listScript, sortedScript } from '../scripts/inventory-scripts.js';
import type { RedisClient } from '../connection/connection.js';
import { rawId } from '../scripts/job-key.js';
import type { Place, RawJob } from '../scripts/raw-job.js';

/** Where the jobs of a state are, in the order in which they are listed. */
export const placesOf: Readonly<Record<JobState, readonly [Place, ...Place[]]>> = {
  waiting: ['wait', 'prioritized'],
  scheduled: ['delayed'],
  retrying: ['delayed'],
  running: ['active'],
  dead: ['failed'],
  completed: ['completed'],
};

const lists: ReadonlySet<Place> = new Set(['wait', 'active']);
const newestFirst: ReadonlySet<Place> = new Set(['failed', 'completed']);

/** A list's cursor names so many of the jobs that were passed last: one of them is likely to be there still. */
const anchors = 8;
/** Jobs that are handed back come to the tail of a list, and move the others away from it. */
const mostHandedBack = 1_000;

interface Position {
  /** Which of the state's places. */
  readonly place: number;
  /** How many of it have been passed. */
  readonly passed: number;
  /** In a sorted set: score and id of the last that was passed. In a list: ids of the last few, the last first. */
  readonly after: readonly string[];
  /** In a list: of the last few that were left where they are. */
  readonly left: readonly string[];
}

const beginning: Position = { place: 0, passed: 0, after: [], left: [] };

/** Goes through the jobs of one state, from where a cursor says. */
export class JobWalk {
  private position = beginning;

  /**
   * @param base the queue's keys begin with this
   * @throws FledgeError `FLEDGE_OPTION_INVALID` for a cursor that is none
   */
  constructor(
    private readonly client: RedisClient,
    private readonly base: string,
    private readonly state: JobState,
    cursor: string | undefined,
  ) {
    if (cursor !== undefined) this.position = readCursor(cursor, placesOf[state]);
  }

  get cursor(): string {
    return JSON.stringify(this.position);
  }

  /** At most `count` further ones; none: that was all. Each is to be passed before the next slice is asked for. */
  async slice(count: number): Promise<{ place: Place; jobs: RawJob[] }> {
    const places = placesOf[this.state];
    for (;;) {
      const place = places[this.position.place]!;
      const jobs = await this.read(place, Math.min(count, inventoryBounds.slice));
      if (jobs.length > 0 || this.position.place === places.length - 1) return { place, jobs };
      this.position = { ...beginning, place: this.position.place + 1 };
    }
  }

  /** @param isTaken whether it was wanted: it may be edited next, and so be gone when the walk goes on */
  pass(place: Place, [id, score]: RawJob, isTaken: boolean): void {
    const { position } = this;
    const passed = position.passed + 1;
    const after = lists.has(place) ? [id, ...position.after].slice(0, anchors) : [score, id];
    const left = lists.has(place) && !isTaken ? [id, ...position.left].slice(0, anchors) : position.left;
    this.position = { place: position.place, passed, after, left };
  }

  private async read(place: Place, count: number): Promise<RawJob[]> {
    const { base, client } = this;
    const { passed, after, left } = this.position;
    const order = newestFirst.has(place) ? 'desc' : 'asc';
    const [score, last] = after;
    const answer = lists.has(place)
      ? listScript.run(
          client,
          base + place,
          base,
          count,
          passed + mostHandedBack,
          ...[...after, ...left].map(rawId),
        )
      : sortedScript.run(
          client,
          base + place,
          base,
          order,
          count,
          ...(score === undefined || last === undefined ? [] : [score, rawId(last)]),
        );
    return (await answer) as RawJob[];
  }
}

/** It came from outside: from a URL of an administrator's page, say. */
function readCursor(cursor: string, places: readonly Place[]): Position {
  try {
    const { place, passed, after, left } = JSON.parse(cursor) as Position;
    const isSound =
      [place, passed].every((number) => Number.isSafeInteger(number) && number >= 0) &&
      place < places.length &&
      [after, left].every((ids) => Array.isArray(ids) && ids.every((id) => typeof id === 'string')) &&
      (lists.has(places[place]!) ? isSoundInList(after, left) : isSoundInSet(after, left));
    if (isSound) return { place, passed, after, left };
  } catch {
    // No JSON.
  }
  throw invalidOption(
    'cursor is none that Fledge has given. Pass the cursor of the page before, with the same state and filter, or leave it out to begin anew.',
  );
}

function isSoundInList(after: readonly string[], left: readonly string[]): boolean {
  return after.length <= anchors && left.length <= anchors;
}

/** The score is a number as Redis writes one. */
function isSoundInSet(after: readonly string[], left: readonly string[]): boolean {
  const [score = '0'] = after;
  return left.length === 0 && [0, 2].includes(after.length) && /^-?\d+(\.\d+)?(e\+?\d+)?$/.test(score);
}
