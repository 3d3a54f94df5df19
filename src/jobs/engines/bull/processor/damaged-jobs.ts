import { damagedJob } from '../../../store/envelope.js';
import type { FledgeError } from '../../../values/errors.js';
import type { RedisClient } from '../connection/connection.js';
import { buryDueDamagedJobs } from '../scripts/bury-due-script.js';
import { buryDamagedJobs } from '../scripts/bury-script.js';
import type { BuriedRow, DamageReport } from '../scripts/damage-fragment.js';
import { isDataFault } from '../connection/refusal.js';

/** A job that was moved to the dead set because its record is damaged. */
export interface BuriedJob {
  /** As it is listed. */
  readonly id: string;
  readonly name: string;
  /** How many attempts were made before. */
  readonly attemptsMade: number;
  readonly error: FledgeError;
}

/** The record of a fetched job is damaged, though BullMQ could read it. */
export class DamagedRecord extends Error {}

/** Where a script failed. */
export interface Failure {
  readonly thrown: unknown;
  /** Of the worker's slot that asked; the lock of what it has fetched. */
  readonly token: string;
  /** The job that it had to acknowledge. */
  readonly done?: string | undefined;
  /** There is no other way to acknowledge it. */
  readonly isLast?: boolean;
}

/** Takes damaged jobs of one queue out of the way of the others. */
export class DamagedJobs {
  private readonly base: string;
  private readonly frame: readonly [string, string];

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    queue: string,
    private readonly onBuried: (job: BuriedJob) => void,
  ) {
    this.base = `${prefix}:${queue}:`;
    const [head = '', tail = ''] = damagedJob('\0').message.split('\0');
    this.frame = [head, tail];
  }

  /**
   * @returns whether that was it: a damaged job was in the way, and is in the dead set, and what was to be acknowledged is
   * where it belongs. If not, it is another failure, of the store's or of the queue's own keys.
   */
  async bury({ thrown, token, done, isLast = false }: Failure): Promise<boolean> {
    const isUnreadable = isFaultOfReading(thrown);
    if (!isUnreadable && !isDataFault(thrown)) return false;
    const { message } = thrown as Error;
    const why =
      thrown instanceof DamagedRecord
        ? message
        : isUnreadable
          ? `its record cannot be read (${message})`
          : `its record cannot be updated (${message})`;
    const failed = isUnreadable ? (isLast ? 'last' : 'read') : 'script';
    const failure = { token, done, failed, why: why.slice(0, longestReason) } as const;
    const { isInPlace, buried } = await buryDamagedJobs(this.client, { ...this.report(), ...failure });
    this.tell(buried);
    return done === undefined ? buried.length > 0 : isInPlace;
  }

  /** @param inAnyCase also when another worker of the queue has just done so */
  async look(inAnyCase: boolean): Promise<void> {
    this.tell(await buryDueDamagedJobs(this.client, { ...this.report(), always: inAnyCase }));
  }

  private report(): DamageReport {
    return { base: this.base, now: Date.now(), frame: this.frame };
  }

  private tell(rows: readonly BuriedRow[]): void {
    for (const [id, name, made, why] of rows) {
      const attemptsMade = Number.parseInt(made, 10) || 0;
      this.onBuried({ id, name: name || '(no name)', attemptsMade, error: damagedJob(why) });
    }
  }
}

/** A server's words repeat a script's name and line. */
const longestReason = 500;

/** What JavaScript throws at a record that is no JSON, or has other types than BullMQ expects. */
function isFaultOfReading(thrown: unknown): boolean {
  return (
    thrown instanceof DamagedRecord ||
    thrown instanceof SyntaxError ||
    thrown instanceof TypeError ||
    thrown instanceof RangeError
  );
}
