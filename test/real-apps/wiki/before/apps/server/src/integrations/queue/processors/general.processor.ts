import { Processor } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { WatcherService } from '../../../core/page/watcher.service';
import { QueueJob, QueueName } from '../queue-names';
import { LoggedProcessor } from './logged.processor';

@Processor(QueueName.GENERAL)
export class GeneralProcessor extends LoggedProcessor {
  constructor(private readonly watchers: WatcherService) {
    super();
  }

  override async process(job: Job): Promise<void> {
    switch (job.name) {
      case QueueJob.ADD_PAGE_WATCHERS:
        await this.watchers.add(job.data.pageId, job.data.userIds);
        break;
    }
    await super.process(job);
  }
}
