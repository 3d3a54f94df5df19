import type { JobEvents } from '../events/events.js';
import { refuseSharedId, type BulkEnqueueOptions } from '../job/enqueue-options.js';
import type { JobReceipt } from '../job/receipt.js';
import { asError, FledgeError } from '../values/errors.js';
import { BulkEnqueueError } from './bulk-enqueue-error.js';
import { receiptOf, wasAdded, type EnqueuedJob, type SealedCall } from './enqueue-call.js';
import type { Enqueuer } from './enqueuer.js';
import { slices } from './slices.js';

/** Enqueues one job for each payload, in slices. */
export class BulkEnqueuer {
  constructor(
    private readonly enqueuer: Enqueuer,
    private readonly events: Pick<JobEvents, 'emit'>,
  ) {}

  /**
   * @returns a receipt for each payload, in order
   * @throws BulkEnqueueError `FLEDGE_BULK_INCOMPLETE`, and for the first payload what `payloads` or `options` throws
   */
  async enqueueAll<Payload>(
    job: EnqueuedJob,
    payloads: Iterable<Payload>,
    options: BulkEnqueueOptions<Payload, string>,
  ): Promise<JobReceipt[]> {
    if (typeof options !== 'function' && 'id' in options) refuseSharedId();
    const subjects = new Set<string | undefined>();
    const receipts = await this.sendAll(noting(subjects, this.sealAll(job, payloads, options)));
    const added = receipts.filter(wasAdded);
    const [first] = added;
    if (first) {
      const { name, queue } = first;
      const [subject] = subjects.size === 1 ? subjects : [];
      this.events.emit({ type: 'bulk-enqueued', name, queue, subject, count: added.length });
    }
    const error = errorOf(receipts);
    if (error) throw error;
    return receipts;
  }

  /** Reads each payload when it is pulled, so a generator may yield the same object repeatedly. */
  private *sealAll<Payload>(
    job: EnqueuedJob,
    payloads: Iterable<Payload>,
    options: BulkEnqueueOptions<Payload, string>,
  ): Generator<SealedCall> {
    let index = 0;
    for (const payload of payloads) {
      const own = typeof options === 'function' ? options(payload, index++) : options;
      yield this.enqueuer.seal(job, payload, own);
    }
  }

  private async sendAll(calls: Iterable<SealedCall>): Promise<JobReceipt[]> {
    const receipts: JobReceipt[] = [];
    let storeError: Error | undefined;
    try {
      for (const slice of slices(calls, sizeOf)) {
        // After the store has failed, each further slice would only wait for its deadline.
        const sent = storeError
          ? failAll(slice, storeError)
          : await Promise.all(slice.map((call) => this.enqueuer.send(call)));
        storeError ??= sent.find(({ error }) => isUnavailable(error))?.error;
        receipts.push(...sent);
      }
      return receipts;
    } catch (thrown) {
      // The iterable of payloads threw, or the options of a payload are invalid.
      throw receipts.length === 0 ? thrown : stoppedEarly(receipts, asError(thrown));
    }
  }
}

/** Notes the subjects of the calls. The mails of one call of `deliverAllLater` have the same. */
function* noting(subjects: Set<string | undefined>, calls: Iterable<SealedCall>): Generator<SealedCall> {
  for (const call of calls) {
    subjects.add(call.fields.subject);
    yield call;
  }
}

function failAll(calls: readonly SealedCall[], error: Error): JobReceipt[] {
  return calls.map(({ fields }) => receiptOf(fields, { status: 'failed', error }));
}

/** In bytes. A payload that cannot be enqueued is not sent. */
function sizeOf({ payload }: SealedCall): number {
  return payload instanceof Error ? 0 : payload.size;
}

function isUnavailable(error: Error | undefined): boolean {
  return error instanceof FledgeError && error.unavailable;
}

function errorOf(receipts: readonly JobReceipt[]): BulkEnqueueError | undefined {
  const errors = receipts.map(({ error }) => error).filter((error) => error !== undefined);
  const [first] = errors;
  if (!first) return undefined;
  const message = `${errors.length} of ${receipts.length} jobs may not have been enqueued. First failure: ${first.message} error.receipts has a receipt for each payload. Enqueue the jobs with status "failed" again, each with { id: receipt.id }, so that a job that did arrive is not enqueued twice.`;
  return new BulkEnqueueError(message, receipts, first);
}

function stoppedEarly(receipts: readonly JobReceipt[], cause: Error): BulkEnqueueError {
  const message = `enqueueAll stopped after ${receipts.length} payloads: ${cause.message}. error.receipts has a receipt for each of these payloads.`;
  return new BulkEnqueueError(message, receipts, cause);
}
