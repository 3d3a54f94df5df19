import { Module } from '@nestjs/common';
import { GeneralProcessor } from '../../integrations/queue/processors/general.processor';
import { pageProcessors } from '../../integrations/queue/processors/page.processors';
import { WsModule } from '../../ws/ws.module';
import { PageController } from './page.controller';
import { PageService } from './page.service';
import { WatcherService } from './watcher.service';

@Module({
  imports: [WsModule],
  controllers: [PageController],
  providers: [PageService, WatcherService, GeneralProcessor, ...pageProcessors],
})
export class PageModule {}
