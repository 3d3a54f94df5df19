import { EventEmitter } from 'node:events';
import { FledgeError } from '../../values/errors.js';

/** What BullMQ's `Queue` does with its server. A test compares the list with BullMQ's own class. */
export const refusedMethods = [
  'add',
  'addBulk',
  'addJob',
  'addJobLog',
  'clean',
  'commandByType',
  'count',
  'drain',
  'exportPrometheusMetrics',
  'getActive',
  'getActiveCount',
  'getBackend',
  'getCompleted',
  'getCompletedCount',
  'getCountsPerPriority',
  'getDebounceJobId',
  'getDeduplicationJobId',
  'getDelayed',
  'getDelayedCount',
  'getDependencies',
  'getFailed',
  'getFailedCount',
  'getGlobalConcurrency',
  'getGlobalRateLimit',
  'getJob',
  'getJobCountByTypes',
  'getJobCounts',
  'getJobLogs',
  'getJobScheduler',
  'getJobSchedulers',
  'getJobSchedulersCount',
  'getJobState',
  'getJobs',
  'getMeta',
  'getMetrics',
  'getPrioritized',
  'getPrioritizedCount',
  'getQueueEvents',
  'getRanges',
  'getRateLimitTtl',
  'getVersion',
  'getWaiting',
  'getWaitingChildren',
  'getWaitingChildrenCount',
  'getWaitingCount',
  'getWorkers',
  'getWorkersCount',
  'isMaxed',
  'isPaused',
  'obliterate',
  'pause',
  'promoteJobs',
  'rateLimit',
  'recordJobCountsMetric',
  'remove',
  'removeDebounceKey',
  'removeDeduplicationKey',
  'removeDeprecatedPriorityKey',
  'removeGlobalConcurrency',
  'removeGlobalRateLimit',
  'removeJobScheduler',
  'removeOrphanedJobs',
  'removeRateLimitKey',
  'resume',
  'retryJobs',
  'setGlobalConcurrency',
  'setGlobalRateLimit',
  'trimEvents',
  'updateJobProgress',
  'upsertJobScheduler',
] as const;

/**
 * What `@InjectQueue` of @nestjs/bullmq receives while jobs are kept in memory. It is an ordinary object, because modules
 * such as @nestjs/schedule and @nestjs/graphql look at the properties of every provider. An application that adds listeners
 * to its queue or closes it boots as it does on Redis. Only a call that needs the server is refused.
 */
export class QueueInMemory extends EventEmitter {
  constructor(readonly name: string) {
    super();
  }

  async waitUntilReady(): Promise<void> {
    return undefined;
  }

  async close(): Promise<void> {
    this.removeAllListeners();
  }

  async disconnect(): Promise<void> {
    await this.close();
  }
}

for (const method of refusedMethods) {
  Object.defineProperty(QueueInMemory.prototype, method, {
    configurable: true,
    writable: true,
    value: async function refuse(this: QueueInMemory): Promise<never> {
      throw new FledgeError(
        'FLEDGE_QUEUE_IN_MEMORY',
        `The method ${method}() of the injected BullMQ queue "${this.name}" was called, but jobs are kept in memory: JOBS_URL is not set. Set JOBS_URL=redis://…, or use JobsService, which works on both.`,
      );
    },
  });
}
