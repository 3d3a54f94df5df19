import { FledgeError } from '../values/errors.js';
import type { JobReceipt } from '../job/receipt.js';

/** Some jobs of an `enqueueAll` were not enqueued. `receipts` has a receipt for each payload, in order. */
export class BulkEnqueueError extends FledgeError {
  constructor(
    message: string,
    readonly receipts: readonly JobReceipt[],
    cause: Error,
  ) {
    super('FLEDGE_BULK_INCOMPLETE', message, { cause });
  }

  /** True if the first failure means that the store was unavailable. */
  override get unavailable(): boolean {
    return this.cause instanceof FledgeError && this.cause.unavailable;
  }
}
