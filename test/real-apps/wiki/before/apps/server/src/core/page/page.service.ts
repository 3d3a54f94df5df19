import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Database } from '@wiki/db/database.module';
import { excerpt } from '@wiki/text';
import type { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { QueueJob, QueueName } from '../../integrations/queue/queue-names';
import { PageQueues } from '../../integrations/queue/queue.module';
import { PageGateway } from '../../ws/ws.module';
import { WatcherService } from './watcher.service';

export interface NewPage {
  title: string;
  text: string;
  watchers: string[];
}

@Injectable()
export class PageService {
  constructor(
    private readonly database: Database,
    private readonly watching: WatcherService,
    private readonly gateway: PageGateway,
    private readonly queues: PageQueues,
    @InjectQueue(QueueName.GENERAL) private readonly general: Queue,
  ) {}

  async create({ title, text, watchers }: NewPage): Promise<{ id: string; excerpt: string }> {
    const page = { id: randomUUID(), title, excerpt: excerpt(text) };
    await this.database.insertInto('pages').values(page).execute();
    await this.general.add(QueueJob.ADD_PAGE_WATCHERS, { pageId: page.id, userIds: watchers });
    for (const queue of this.queues) await queue.add(QueueJob.PAGE_CREATED, { pageId: page.id });
    this.gateway.changed(page.id);
    return page;
  }

  async watchers(pageId: string): Promise<string[]> {
    return this.watching.of(pageId);
  }
}
