import { Injectable, Logger, Module } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';

@Injectable()
class TrashService {
  private readonly logger = new Logger(TrashService.name);

  @Interval('trash-cleanup', 2_000)
  async cleanUp(): Promise<void> {
    this.logger.log('The trash is empty');
  }
}

@Module({ providers: [TrashService] })
export class TrashModule {}
