import { Mailer, type Mail } from 'nestjs-fledge/mailers';

@Mailer({ defaults: { from: 'neighbours@example.test' } })
export class ProbeMailer {
  async hello({ to }: { to: string }): Promise<Mail> {
    return { to, subject: `Hello from ${process.env.ROLE}`, text: 'Hello' };
  }
}
