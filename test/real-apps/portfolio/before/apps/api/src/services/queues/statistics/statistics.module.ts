import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { RedisCacheModule } from '@portfolio/api/app/redis-cache/redis-cache.module';
import { PrismaModule } from '@portfolio/api/services/prisma/prisma.module';
import { STATISTICS_QUEUE } from '@portfolio/common/config';
import { StatisticsProcessor } from './statistics.processor';
import { StatisticsService } from './statistics.service';

@Module({
  imports: [BullModule.registerQueue({ name: STATISTICS_QUEUE }), PrismaModule, RedisCacheModule],
  providers: [StatisticsService, StatisticsProcessor],
  exports: [StatisticsService],
})
export class StatisticsModule {}
