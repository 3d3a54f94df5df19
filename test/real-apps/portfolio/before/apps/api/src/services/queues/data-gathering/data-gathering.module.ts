import { BullAdapter } from '@bull-board/api/bullAdapter';
import { BullBoardModule } from '@bull-board/nestjs';
import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { DATA_GATHERING_QUEUE } from '@portfolio/common/config';
import { DataGatheringProcessor } from './data-gathering.processor';
import { DataGatheringService } from './data-gathering.service';

@Module({
  imports: [
    BullModule.registerQueue({ name: DATA_GATHERING_QUEUE }),
    BullBoardModule.forFeature({ name: DATA_GATHERING_QUEUE, adapter: BullAdapter }),
  ],
  providers: [DataGatheringService, DataGatheringProcessor],
  exports: [DataGatheringService],
})
export class DataGatheringModule {}
