import { Job, type JobContext } from 'nestjs-fledge';
import { WatcherService } from './watcher.service';

@Job({ attempts: 3 })
export class AddPageWatchersJob {
  constructor(private readonly watchers: WatcherService) {}

  async perform(
    { pageId, userIds }: { pageId: string; userIds: string[] },
    { logger }: JobContext,
  ): Promise<void> {
    await this.watchers.add(pageId, userIds);
    logger.log(`Added ${userIds.length} watchers`);
  }
}
