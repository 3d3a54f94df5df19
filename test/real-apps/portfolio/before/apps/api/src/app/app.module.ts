import { ExpressAdapter } from '@bull-board/express';
import { BullBoardModule } from '@bull-board/nestjs';
import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ScheduleModule } from '@nestjs/schedule';
import { CronModule } from '@portfolio/api/services/cron/cron.module';
import { PrismaModule } from '@portfolio/api/services/prisma/prisma.module';
import { DataGatheringModule } from '@portfolio/api/services/queues/data-gathering/data-gathering.module';
import { StatisticsModule } from '@portfolio/api/services/queues/statistics/statistics.module';
import { BULL_BOARD_ROUTE } from '@portfolio/common/config';
import { AdminModule } from './admin/admin.module';
import { RedisCacheModule } from './redis-cache/redis-cache.module';

@Module({
  imports: [
    AdminModule,
    BullBoardModule.forRoot({ adapter: ExpressAdapter, route: BULL_BOARD_ROUTE }),
    BullModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        redis: { host: config.get('REDIS_HOST'), port: Number(config.get('REDIS_PORT')) },
      }),
    }),
    ConfigModule.forRoot({ isGlobal: true }),
    CronModule,
    DataGatheringModule,
    PrismaModule,
    RedisCacheModule,
    ScheduleModule.forRoot(),
    StatisticsModule,
  ],
})
export class AppModule {}
