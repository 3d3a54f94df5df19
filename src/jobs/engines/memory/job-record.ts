import { openEnvelope, type Envelope } from '../../store/envelope.js';
import type { JobRecord } from '../../store/inventory.js';
import { unlimited } from '../../job/retry/policy.js';
import { isPutOff, type MemoryJob } from './queue/memory-job.js';
import type { MemoryQueue } from './queue/memory-queue.js';

/** Describes a job in memory as every store does. */
export function recordOf({ name: queue, jobs }: MemoryQueue, job: MemoryJob): JobRecord {
  const data: unknown = JSON.parse(job.data);
  const opened = openEnvelope(data);
  const envelope: Partial<Envelope> = opened.state === 'sound' ? opened.envelope : {};
  const { id, name, attempts, attemptsMade, priority, result, progress } = job;
  const putOff = jobs.placeOf(id) === 'delayed' && isPutOff(job) ? job.putOff : undefined;
  return {
    id,
    name,
    ...(envelope.subject === undefined ? {} : { subject: envelope.subject }),
    queue,
    state: jobs.stateOf(job),
    ...(putOff && { paused: true }),
    ...(opened.state === 'damaged' ? { damage: opened.error.message } : {}),
    ...(envelope.payload === undefined ? {} : { payload: envelope.payload }),
    meta: envelope.meta ?? {},
    attempt: attemptsMade,
    attempts: attempts >= unlimited ? Infinity : attempts,
    ...(priority === undefined ? {} : { priority }),
    enqueuedAt: new Date(job.enqueuedAt),
    dueAt: new Date(putOff?.dueAt ?? job.dueAt),
    ...(job.startedAt === undefined ? {} : { startedAt: new Date(job.startedAt) }),
    ...(job.finishedAt === undefined ? {} : { finishedAt: new Date(job.finishedAt) }),
    ...(envelope.error ? { error: envelope.error } : {}),
    ...(result === undefined ? {} : { result }),
    ...(progress === undefined ? {} : { progress }),
    ...(envelope.tick ? { schedule: envelope.tick.schedule } : {}),
  };
}
