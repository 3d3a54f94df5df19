import { Controller, Get, Param, Post } from '@nestjs/common';
import { JobsService } from 'nestjs-fledge';
import { MailersService } from 'nestjs-fledge/mailers';
import { ProbeJob } from './probe.job.js';
import { ProbeMailer } from './probe.mailer.js';
import { Probes } from './probes.js';

@Controller('probes')
export class ProbeController {
  constructor(
    private readonly probes: Probes,
    private readonly jobs: JobsService,
    private readonly mailers: MailersService,
  ) {}

  @Get()
  names(): string[] {
    return this.probes.names();
  }

  @Post(':name')
  async probe(@Param('name') name: string): Promise<object> {
    await this.probes.get(name).inRequest?.(`http://127.0.0.1:${process.env.PORT}`);
    return this.jobs.enqueue(ProbeJob, { name });
  }

  @Post('mails/:to')
  async mail(@Param('to') to: string): Promise<object> {
    return this.mailers.for(ProbeMailer).hello({ to }).deliverLater();
  }
}
