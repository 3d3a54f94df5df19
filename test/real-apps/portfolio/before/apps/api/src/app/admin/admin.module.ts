import { Module } from '@nestjs/common';
import { DataGatheringModule } from '@portfolio/api/services/queues/data-gathering/data-gathering.module';
import { StatisticsModule } from '@portfolio/api/services/queues/statistics/statistics.module';
import { RedisCacheModule } from '../redis-cache/redis-cache.module';
import { AdminController } from './admin.controller';

@Module({
  imports: [DataGatheringModule, RedisCacheModule, StatisticsModule],
  controllers: [AdminController],
})
export class AdminModule {}
