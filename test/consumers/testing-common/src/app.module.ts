import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { AccountMailer } from './account.mailer.js';
import { Accounts } from './accounts.js';
import { RemindJob } from './remind.job.js';

@Module({
  imports: [JobsModule.forRoot(), MailersModule.forRoot({ from: 'Acme <hello@acme.test>' })],
  providers: [Accounts, RemindJob, AccountMailer],
})
export class AppModule {}
