import { Module, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { AccountsModule } from './accounts/accounts.module.js';
import { DatabaseModule } from './database/database.module.js';
import { ImportsModule } from './imports/imports.module.js';
import { StoreUnavailableFilter } from './store-unavailable.filter.js';

@Module({
  imports: [
    JobsModule.forRoot({
      url: process.env.JOBS_URL,
      queues: { default: { concurrency: 10 }, mailers: { concurrency: 5 } },
    }),
    MailersModule.forRoot({
      transport: process.env.SMTP_URL,
      from: 'Acme <hello@acme.test>',
      locale: 'en',
      templates: { directory: 'mails', layout: 'default' },
      // docker-compose.yml sets LOCAL_PEERS. In a container, your browser has the address of Docker's gateway.
      preview: { allow: { peers: process.env.LOCAL_PEERS?.split(',') } },
    }),
    DatabaseModule,
    AccountsModule,
    ImportsModule,
  ],
  providers: [
    {
      provide: APP_PIPE,
      useFactory: () => new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }),
    },
    { provide: APP_FILTER, useClass: StoreUnavailableFilter },
  ],
})
export class AppModule {}
