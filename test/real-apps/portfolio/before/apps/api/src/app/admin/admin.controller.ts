import { Controller, Get, Param, Post } from '@nestjs/common';
import { DataGatheringService } from '@portfolio/api/services/queues/data-gathering/data-gathering.service';
import { StatisticsService } from '@portfolio/api/services/queues/statistics/statistics.service';
import { RedisCacheService } from '../redis-cache/redis-cache.service';

@Controller('admin')
export class AdminController {
  constructor(
    private readonly gathering: DataGatheringService,
    private readonly statistics: StatisticsService,
    private readonly cache: RedisCacheService,
  ) {}

  @Post('gather/:symbol')
  async gather(@Param('symbol') symbol: string): Promise<void> {
    await this.gathering.gather(symbol);
  }

  @Post('statistics')
  async gatherStatistics(): Promise<void> {
    await this.statistics.gather();
  }

  @Get('statistics')
  async uptime(): Promise<{ stored: unknown; cached: string | undefined }> {
    return { stored: await this.statistics.uptime(), cached: await this.cache.get('uptime') };
  }
}
