/**
 * Called after the command has printed what it found. The exit code then shows programs that the result is incomplete.
 * @throws Error
 */
export function requireComplete(complete: boolean): void {
  if (!complete) throw new Error(incomplete);
}

export const incomplete =
  'Not all queues were found, because the server has too many keys for a search of two seconds. Queues that no worker has served may be missing. Name a queue with --queue.';
