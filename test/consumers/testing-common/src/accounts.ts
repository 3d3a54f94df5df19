import { Injectable } from '@nestjs/common';
import { JobsService } from 'nestjs-fledge';
import { MailersService } from 'nestjs-fledge/mailers';
import { AccountMailer } from './account.mailer.js';
import { RemindJob } from './remind.job.js';

@Injectable()
export class Accounts {
  constructor(
    private readonly jobs: JobsService,
    private readonly mailers: MailersService,
  ) {}

  async signUp(email: string): Promise<void> {
    await this.mailers.for(AccountMailer).welcome({ email }).deliverLater();
    await this.jobs.enqueue(RemindJob, { email }, { delay: '3h' });
  }
}
