import { Mailer, type Mail } from 'nestjs-fledge/mailers';

@Mailer()
export class AccountMailer {
  async welcome({ email }: { email: string }): Promise<Mail> {
    const link = `https://acme.test/confirm?email=${email}`;
    return { to: email, subject: 'Welcome', html: `<p>Please <a href="${link}">confirm</a>.</p>` };
  }

  async reminder({ email }: { email: string }): Promise<Mail> {
    return { to: email, subject: 'Are you still there?', text: 'You have not confirmed yet.' };
  }
}
