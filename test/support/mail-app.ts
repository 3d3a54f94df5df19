import type { Provider } from '@nestjs/common';
import {
  Mailer,
  MailersModule,
  MailersService,
  MailTransport,
  type Mail,
  type MailersOptions,
  type MailReceipt,
  type OutgoingMail,
} from 'nestjs-fledge/mailers';
import { onTestFinished } from 'vitest';
import { MailCatcher } from '../../src/demo/mail-catcher.js';
import { jobsApp, type JobsApp } from './jobs-app.js';

/** Records mails instead of sending them. */
export class RecordingTransport extends MailTransport {
  readonly description = 'a recorder';
  readonly sent: OutgoingMail[] = [];

  async send(mail: OutgoingMail): Promise<MailReceipt> {
    this.sent.push(mail);
    const accepted = mail.to.map(({ address }) => address);
    return { messageId: mail.messageId, accepted, rejected: [], detail: 'recorded' };
  }
}

/** A mailer whose action returns the mail of the test. */
@Mailer()
export class AnyMailer {
  static mail: () => Partial<Mail> = () => ({});

  async notice(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Notice', ...AnyMailer.mail() };
  }
}

export interface MailApp extends JobsApp {
  readonly mailers: MailersService;
  readonly recorder: RecordingTransport;
  /** Returns the mail that AnyMailer builds from this, as a transport receives it. */
  readonly made: (mail: Partial<Mail>) => Promise<OutgoingMail>;
}

/** Creates a Nest application with these mailers. Its transport records mails unless the options set another. */
export async function mailApp(
  options: MailersOptions,
  providers: Provider[] = [],
  url = 'memory:',
): Promise<MailApp> {
  const recorder = new RecordingTransport();
  const module = MailersModule.forRoot({ from: 'hello@acme.test', transport: recorder, ...options });
  const app = await jobsApp({ url }, [AnyMailer, ...providers], [module]);
  const mailers = app.app.get(MailersService);
  const made = async (mail: Partial<Mail>): Promise<OutgoingMail> => {
    AnyMailer.mail = () => mail;
    await mailers.for(AnyMailer).notice().deliverNow();
    return recorder.sent.at(-1)!;
  };
  return { ...app, mailers, recorder, made };
}

/** Starts a real SMTP server and returns its URL. It stops when the test ends. */
export async function mailCatcher(): Promise<[MailCatcher, string]> {
  const catcher = new MailCatcher();
  const url = await catcher.start();
  onTestFinished(() => catcher.stop());
  return [catcher, url];
}
