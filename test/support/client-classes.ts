import { Job, type JobContext } from 'nestjs-fledge';
import { Mailer, type Mail } from 'nestjs-fledge/mailers';

/** The classes of test/fixtures/client-worker.mjs. A client knows only their types. */
@Job({ attempts: 2, queue: 'billing' })
export class ChargeJob {
  async perform(_payload: { orderId: string }, _context: JobContext): Promise<void> {}
}

@Job({ unique: { by: ['customer'] }, aliases: ['OldExportJob'] })
export class ExportJob {
  async perform(_payload: { customer: string; page?: number }): Promise<void> {}
}

@Mailer()
export class AccountMailer {
  async welcome({ email }: { email: string }): Promise<Mail> {
    return { to: email, subject: 'Welcome', text: 'Hello' };
  }
}
