import { JobsModule } from 'nestjs-fledge';
import { MailersModule } from 'nestjs-fledge/mailers';
import { jobsOptions } from './jobsOptions.js';

export const jobs = [
  JobsModule.forRoot({ url: process.env.JOBS_URL, ...jobsOptions }),
  MailersModule.forRoot({ transport: process.env.SMTP_URL }),
];
