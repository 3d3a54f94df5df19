import { Job, type JobContext } from 'nestjs-fledge';
import { MailersService } from 'nestjs-fledge/mailers';
import { AccountMailer } from './account.mailer.js';

@Job({ attempts: 3 })
export class RemindJob {
  constructor(private readonly mailers: MailersService) {}

  async perform({ email }: { email: string }, { attempt }: JobContext): Promise<void> {
    if (attempt === 1 && email.startsWith('busy')) throw new Error('the mailbox is busy');
    await this.mailers.for(AccountMailer).reminder({ email }).deliverLater();
  }
}
