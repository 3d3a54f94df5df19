/**
 * Said after what was found, for programs by the exit code too: an answer that leaves out a part is not to pass for the whole.
 * @throws Error
 */
export function requireComplete(complete: boolean): void {
  if (!complete) throw new Error(incomplete);
}

export const incomplete =
  'The server has so many keys that not all of its queues were found within two seconds; there may be more in those that no worker has worked. Name one by --queue.';
