import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';

export const jobs = [
  JobsModule.forRoot({ url: process.env.JOBS_URL }),
  MailersModule.forRoot({ transport: process.env.SMTP_URL }),
];
