import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Job } from 'bullmq';

/** What all processors of the application have in common. */
export abstract class LoggedProcessor extends WorkerHost implements OnModuleDestroy {
  protected readonly logger = new Logger(this.constructor.name);

  async process({ name, queueName, data }: Job): Promise<void> {
    this.logger.log(`${queueName} has processed ${name} of page ${data.pageId}`);
  }

  @OnWorkerEvent('failed')
  onFailed({ name }: Job, error: Error): void {
    this.logger.error(`${name} failed: ${error.message}`);
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.close();
  }
}
