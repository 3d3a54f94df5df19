import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataGatheringService } from '../queues/data-gathering/data-gathering.service';

@Injectable()
export class CronService {
  /** The provider of the data should not get the requests of all installations at once. */
  private static readonly EVERY_HOUR_AT_RANDOM_MINUTE = `${new Date().getMinutes()} * * * *`;
  private readonly logger = new Logger(CronService.name);

  constructor(private readonly gathering: DataGatheringService) {}

  @Cron(CronService.EVERY_HOUR_AT_RANDOM_MINUTE)
  async gatherRecent(): Promise<void> {
    await this.gathering.gather('recent');
  }

  @Cron(CronExpression.EVERY_DAY_AT_MIDNIGHT)
  async gatherAll(): Promise<void> {
    await this.gathering.gather('all');
  }

  /** More often than any real method, because the check waits for its ticks. */
  @Cron('*/2 * * * * *', { name: 'load-currencies' })
  async loadCurrencies(): Promise<void> {
    this.logger.log('The currencies are loaded');
  }
}
