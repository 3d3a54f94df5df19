import { damagedJob } from '../../../store/envelope.js';
import { asError, type FledgeError } from '../../../values/errors.js';
import { noName } from '../../../store/foreign-job.js';
import type { RedisClient } from '../connection/connection.js';
import { buryDueDamagedJobs } from '../scripts/bury-due-script.js';
import { buryDamagedJobs } from '../scripts/bury-script.js';
import type { BuriedRow, DamageReport } from '../scripts/damage-fragment.js';
import { isDataFault } from '../connection/refusal.js';

/** A job that was moved to the dead set because its record is damaged. */
export interface BuriedJob {
  /** The id as lists show it. */
  readonly id: string;
  readonly name: string;
  /** How many attempts were made before. */
  readonly attemptsMade: number;
  readonly error: FledgeError;
}

/** Thrown at a fetched job whose record is damaged, though BullMQ could read it. */
export class DamagedRecord extends Error {}

/** A script that failed, and the jobs that it was about. */
export interface Failure {
  readonly thrown: unknown;
  /** The token of the worker's slot, and so the lock of the job that it has fetched. */
  readonly token: string;
  /** The id of the job that the script had to acknowledge. */
  readonly done?: string | undefined;
  /** True if there is no other way to acknowledge that job. */
  readonly isLast?: boolean;
}

/** Moves the damaged jobs of one queue to the dead set, so that they do not stop the others. */
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
   * Moves the damaged job that made a script fail.
   * @returns true if that resolved the failure. False if the failure has another cause, in the store or in the queue's own keys.
   */
  async bury({ thrown, token, done, isLast = false }: Failure): Promise<boolean> {
    const isUnreadable = isFaultOfReading(thrown);
    if (!isUnreadable && !isDataFault(thrown)) return false;
    const { message } = asError(thrown);
    const why =
      thrown instanceof DamagedRecord
        ? message
        : isUnreadable
          ? `its record cannot be read (${message})`
          : `its record cannot be updated (${message})`;
    const failed = isUnreadable ? (isLast ? 'last' : 'read') : 'script';
    const failure = { token, done, failed, why: why.slice(0, longestReason) } as const;
    const { isInPlace, buried } = await buryDamagedJobs(this.client, { ...this.report(), ...failure });
    this.reportBuried(buried);
    return done === undefined ? buried.length > 0 : isInPlace;
  }

  /**
   * Moves damaged jobs before BullMQ meets them.
   * @param inAnyCase also if another worker of the queue has just done so
   */
  async look(inAnyCase: boolean): Promise<void> {
    this.reportBuried(await buryDueDamagedJobs(this.client, { ...this.report(), always: inAnyCase }));
  }

  private report(): DamageReport {
    return { base: this.base, now: Date.now(), frame: this.frame };
  }

  private reportBuried(rows: readonly BuriedRow[]): void {
    for (const [id, name, made, why] of rows) {
      const attemptsMade = Number.parseInt(made, 10) || 0;
      this.onBuried({ id, name: name || noName, attemptsMade, error: damagedJob(why) });
    }
  }
}

/** In characters. A server's message repeats a script's name and line. */
const longestReason = 500;

/** True for what JavaScript throws at a record that is not JSON or has other types than BullMQ expects. */
function isFaultOfReading(thrown: unknown): boolean {
  return (
    thrown instanceof DamagedRecord ||
    thrown instanceof SyntaxError ||
    thrown instanceof TypeError ||
    thrown instanceof RangeError
  );
}
