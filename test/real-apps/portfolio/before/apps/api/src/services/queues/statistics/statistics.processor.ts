import { Process, Processor } from '@nestjs/bull';
import { Logger } from '@nestjs/common';
import { GATHER_UPTIME, STATISTICS_QUEUE } from '@portfolio/common/config';
import { StatisticsService } from './statistics.service';

@Processor(STATISTICS_QUEUE)
export class StatisticsProcessor {
  private readonly logger = new Logger(StatisticsProcessor.name);

  constructor(private readonly statistics: StatisticsService) {}

  @Process(GATHER_UPTIME)
  async gatherUptime(): Promise<void> {
    await this.statistics.store({ uptime: 0.99, outages: [] });
    this.logger.log('Gathered the uptime');
  }
}
