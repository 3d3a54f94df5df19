import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LoggerModule } from 'nestjs-pino';
import { DatabaseModule } from '@wiki/db/database.module';
import { AppController } from './app.controller';
import { CollaborationModule } from './collaboration/collaboration.module';
import { AuthModule } from './core/auth/auth.module';
import { PageModule } from './core/page/page.module';
import { EnvironmentModule } from './integrations/environment/environment.module';
import { MailModule } from './integrations/mail/mail.module';
import { QueueModule } from './integrations/queue/queue.module';
import { StaticModule } from './integrations/static/static.module';
import { TrashModule } from './integrations/trash/trash.module';
import { WsModule } from './ws/ws.module';

@Module({
  imports: [
    LoggerModule.forRoot({ pinoHttp: { redact: ['req.headers.authorization'] } }),
    EnvironmentModule,
    DatabaseModule,
    QueueModule,
    MailModule,
    ScheduleModule.forRoot(),
    TrashModule,
    AuthModule,
    PageModule,
    WsModule,
    CollaborationModule,
    StaticModule,
  ],
  controllers: [AppController],
})
export class AppModule {}
