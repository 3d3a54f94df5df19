/** What `getQueueToken(name)` of @nestjs/bullmq returns, without loading it: in memory it may not be installed. */
export function bullQueueToken(queue: string): string {
  return `BullQueue_${queue}`;
}
