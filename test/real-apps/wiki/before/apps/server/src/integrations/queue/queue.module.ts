import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Global, Module } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { EnvironmentService } from '../environment/environment.module';
import { QueueName } from './queue-names';

/** Every queue that has something to do when a page is created. */
export abstract class PageQueues extends Array<Queue> {}

const pageQueues = Object.values(QueueName).filter((name) => name !== QueueName.EMAIL);

@Global()
@Module({
  imports: [
    BullModule.forRootAsync({
      inject: [EnvironmentService],
      useFactory: ({ redisUrl }: EnvironmentService) => {
        const { hostname, port } = new URL(redisUrl);
        return {
          connection: { host: hostname, port: Number(port) },
          defaultJobOptions: { attempts: 3, removeOnComplete: { count: 200 }, removeOnFail: { count: 100 } },
        };
      },
    }),
    BullModule.registerQueue(...Object.values(QueueName).map((name) => ({ name }))),
  ],
  providers: [
    {
      provide: PageQueues,
      inject: pageQueues.map((name) => getQueueToken(name)),
      useFactory: (...queues: Queue[]) => queues,
    },
  ],
  exports: [BullModule, PageQueues],
})
export class QueueModule {}
