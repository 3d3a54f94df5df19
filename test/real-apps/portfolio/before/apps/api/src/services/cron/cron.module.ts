import { Module } from '@nestjs/common';
import { DataGatheringModule } from '../queues/data-gathering/data-gathering.module';
import { CronService } from './cron.service';

@Module({ imports: [DataGatheringModule], providers: [CronService] })
export class CronModule {}
