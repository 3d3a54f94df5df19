import { JobAborted } from '../../jobs/index.js';

/** How long a sending may continue after a stop, in milliseconds. A stopping worker waits 2 s for its jobs. */
const graceTime = 1_000;

export interface SendingSignal {
  readonly signal: AbortSignal;
  /** Must be called when the sending ends. */
  done(): void;
}

/**
 * Returns a signal that aborts a sending when its job must end. If the worker stops, the sending gets one more second. A server that
 * has the whole mail may be about to accept it. Without its response, the mail would be sent again.
 */
export function sendingSignal(job: AbortSignal): SendingSignal {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    const reason: unknown = job.reason;
    const isStop =
      reason instanceof JobAborted && (reason.reason === 'shutdown' || reason.reason === 'crash');
    if (isStop) timer = setTimeout(() => controller.abort(reason), graceTime);
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
