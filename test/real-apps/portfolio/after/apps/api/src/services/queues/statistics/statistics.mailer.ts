import { Mailer, MailPreview, type Mail } from 'nestjs-fledge/mailers';

export interface UptimeReport {
  email: string;
  outages: number;
}

@Mailer({ defaults: { from: 'Portfolio <portfolio@example.test>' } })
export class StatisticsMailer {
  async uptime({ email, outages }: UptimeReport): Promise<Mail> {
    return { to: email, subject: 'Uptime', text: `There were ${outages} outages.` };
  }
}

@MailPreview(StatisticsMailer)
export class StatisticsMailerPreview {
  uptime(): UptimeReport {
    return { email: 'ada@example.test', outages: 3 };
  }
}
