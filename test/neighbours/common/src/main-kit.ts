// The application in `testJobs`, as a test would start it.
import './first.js';
import { MailersService } from 'nestjs-fledge/mailers';
import { testJobs } from 'nestjs-fledge/testing';
import { AppModule } from './app.module.js';
import { ProbeJob } from './probe.job.js';
import { ProbeMailer } from './probe.mailer.js';
import { Probes } from './probes.js';

async function run(): Promise<void> {
  const jobs = await testJobs(AppModule);
  for (const name of jobs.get(Probes).names()) {
    const { outcome, error } = await jobs.run(ProbeJob, { name });
    if (outcome.kind !== 'completed') throw new Error(`${name}: ${outcome.kind}`, { cause: error });
  }
  await jobs.get(MailersService).for(ProbeMailer).hello({ to: 'kit@example.test' }).deliverLater();
  await jobs.drain();
  if (jobs.lastMail().subject !== 'Hello from kit') throw new Error('The mail is missing');
  await jobs.close();
  console.log('PROBE the kit has closed');
}

void run();
