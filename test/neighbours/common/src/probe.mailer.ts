import { Mailer, type Mail } from 'nestjs-fledge/mailers';

@Mailer()
export class ProbeMailer {
  async hello({ to }: { to: string }): Promise<Mail> {
    return { from: 'neighbours@example.test', to, subject: `Hello from ${process.env.ROLE}`, text: 'Hello' };
  }
}
