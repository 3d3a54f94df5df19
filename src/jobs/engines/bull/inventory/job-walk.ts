import { invalidOption } from '../../../values/errors.js';
import { inventoryBounds, type JobState } from '../../../store/inventory.js';
import { isCount, isObject, isText } from '../../../values/readers.js';
import type { RedisClient } from '../connection/connection.js';
import { readList, readSortedSet } from '../scripts/list-scripts.js';
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

type ListPlace = 'wait' | 'active';

/** A list's cursor contains this many of the jobs that were passed last. One of them is likely to be there still. */
const anchors = 8;
/** Jobs that are put back come to the tail of a list and move the others away from it. */
const mostPutBack = 1_000;

interface Position {
  /** The index of one of the state's places. */
  readonly index: number;
  /** How many jobs of this place have been passed. */
  readonly passed: number;
  /** In a sorted set, score and id of the last job that was passed. In a list, ids of the last few jobs, the last first. */
  readonly after: readonly string[];
  /** In a list, the last few jobs that were left in their place. */
  readonly left: readonly string[];
}

const beginning: Position = { index: 0, passed: 0, after: [], left: [] };

/** Goes through the jobs of one state, from a cursor on. */
export class JobWalk {
  private readonly places: readonly [Place, ...Place[]];
  private position = beginning;

  /**
   * @param base the start of the queue's keys
   * @throws FledgeError `FLEDGE_OPTION_INVALID` for an invalid cursor
   */
  constructor(
    private readonly client: RedisClient,
    private readonly base: string,
    state: JobState,
    cursor: string | undefined,
  ) {
    this.places = placesOf[state];
    if (cursor !== undefined) this.position = readCursor(cursor, this.places);
  }

  get cursor(): string {
    const { index, ...rest } = this.position;
    return JSON.stringify({ place: index, ...rest });
  }

  /** Returns at most `count` further jobs, or none at the end. The caller passes each before it asks for the next slice. */
  async slice(count: number): Promise<{ place: Place; jobs: RawJob[] }> {
    for (;;) {
      const { index } = this.position;
      const place = this.places[index] ?? this.places[0];
      const jobs = await this.read(place, Math.min(count, inventoryBounds.slice));
      if (jobs.length > 0 || index === this.places.length - 1) return { place, jobs };
      this.position = { ...beginning, index: index + 1 };
    }
  }

  /** @param isTaken whether the caller wants the job; it may be edited, and so be gone when the walk goes on */
  pass(place: Place, [id, score]: RawJob, isTaken: boolean): void {
    const { index, passed, after, left } = this.position;
    const isInList = isList(place);
    this.position = {
      index,
      passed: passed + 1,
      after: isInList ? [id, ...after].slice(0, anchors) : [score, id],
      left: isInList && !isTaken ? [id, ...left].slice(0, anchors) : left,
    };
  }

  private read(place: Place, count: number): Promise<RawJob[]> {
    const { base, client } = this;
    const { passed, after, left } = this.position;
    if (isList(place))
      return readList(client, {
        base,
        place,
        count,
        searched: passed + mostPutBack,
        anchors: [...after, ...left],
      });
    const [score, id] = after;
    return readSortedSet(client, {
      base,
      place,
      count,
      order: place === 'failed' || place === 'completed' ? 'desc' : 'asc',
      after: score === undefined || id === undefined ? undefined : { score, id },
    });
  }
}

function isList(place: Place): place is ListPlace {
  return place === 'wait' || place === 'active';
}

/** Reads a cursor. It came from outside, for example from a URL. */
function readCursor(cursor: string, places: readonly Place[]): Position {
  const position = positionFrom(cursor);
  if (position && isSoundIn(places[position.index], position)) return position;
  throw invalidOption(
    'Invalid cursor. Pass the cursor of the previous page with the same state and filter, or omit it to start over.',
  );
}

function positionFrom(cursor: string): Position | undefined {
  try {
    const value: unknown = JSON.parse(cursor);
    if (!isObject(value)) return undefined;
    const { place: index, passed, after, left } = value;
    const isSound = isCount(index) && isCount(passed) && isTextList(after) && isTextList(left);
    return isSound ? { index, passed, after, left } : undefined;
  } catch {
    return undefined;
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isSoundIn(place: Place | undefined, { after, left }: Position): boolean {
  if (place === undefined) return false;
  if (isList(place)) return after.length <= anchors && left.length <= anchors;
  // In a sorted set the score has the form in which Redis writes numbers.
  const [score = '0'] = after;
  return left.length === 0 && [0, 2].includes(after.length) && /^-?\d+(\.\d+)?(e\+?\d+)?$/.test(score);
}
