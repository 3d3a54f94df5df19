import { Process, Processor } from '@nestjs/bull';
import { Logger } from '@nestjs/common';
import { DATA_GATHERING_QUEUE, GATHER_HISTORY } from '@portfolio/common/config';
import type { Job } from 'bull';

@Processor(DATA_GATHERING_QUEUE)
export class DataGatheringProcessor {
  private readonly logger = new Logger(DataGatheringProcessor.name);

  @Process({ name: GATHER_HISTORY, concurrency: 2 })
  async gatherHistory({ data: { symbol } }: Job<{ symbol: string }>): Promise<void> {
    this.logger.log(`Gathered the history of ${symbol}`);
  }
}
