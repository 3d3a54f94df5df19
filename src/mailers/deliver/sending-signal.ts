import { JobAborted } from '../../jobs/index.js';

/** Milliseconds; a stopping worker waits 2 s for its jobs. */
const lastMoment = 1_000;

export interface SendingSignal {
  readonly signal: AbortSignal;
  /** Must be called at the end. */
  done(): void;
}

/**
 * Aborts a sending when its job is to end. A worker that stops leaves it a second more: a server that has the whole mail
 * may be about to say so, and the mail would be sent again elsewhere.
 */
export function sendingSignal(job: AbortSignal): SendingSignal {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    const reason: unknown = job.reason;
    const isStop =
      reason instanceof JobAborted && (reason.reason === 'shutdown' || reason.reason === 'crash');
    if (isStop) timer = setTimeout(() => controller.abort(reason), lastMoment);
    else controller.abort(reason);
  };
  job.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    done: () => {
      job.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    },
  };
}
