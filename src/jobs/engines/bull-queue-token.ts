/** Returns the same token as `getQueueToken(name)` of @nestjs/bullmq. That package may not be installed, so it is not loaded. */
export function bullQueueToken(queue: string): string {
  return `BullQueue_${queue}`;
}
