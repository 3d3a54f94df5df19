import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import { DATA_GATHERING_QUEUE, GATHER_HISTORY } from '@portfolio/common/config';
import type { Queue } from 'bull';

@Injectable()
export class DataGatheringService {
  constructor(@InjectQueue(DATA_GATHERING_QUEUE) private readonly queue: Queue) {}

  async gather(symbol: string): Promise<void> {
    await this.queue.add(GATHER_HISTORY, { symbol }, { attempts: 3, removeOnComplete: true });
  }
}
