import { DiscardJob, Job, type JobContext } from 'nestjs-fledge';
import { MailersService } from 'nestjs-fledge/mailers';
import type { JsonValue } from '@portfolio/prisma-client';
import { StatisticsMailer } from './statistics.mailer';
import { StatisticsService } from './statistics.service';

export interface UptimeRequest {
  email: string;
  /** As the monitor has sent them. */
  outages: JsonValue;
}

@Job({ attempts: 3, timeout: '30s', unique: { by: ['email'] } })
export class GatherUptimeJob {
  constructor(
    private readonly statistics: StatisticsService,
    private readonly mailers: MailersService,
  ) {}

  async perform({ email, outages }: UptimeRequest, { logger }: JobContext): Promise<void> {
    if (!Array.isArray(outages)) throw new DiscardJob('The monitor has sent no list of outages');
    await this.statistics.store({ uptime: 1 - outages.length / 100, outages });
    logger.log('Gathered the uptime');
    await this.mailers.for(StatisticsMailer).uptime({ email, outages: outages.length }).deliverLater();
  }
}
