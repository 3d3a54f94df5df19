import { BullModule, InjectQueue, Process, Processor } from '@nestjs/bull';
import { Injectable, Module } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { provideOnlyInWorker } from 'nestjs-fledge';
import { expectEqual, Probes } from '../probes.js';

@Processor('reports')
class ReportsProcessor {
  @Process()
  async double({ data }: Job<number>): Promise<number> {
    return 2 * data;
  }
}

@Processor('audits')
class AuditsProcessor {
  @Process()
  async role(): Promise<string | undefined> {
    return process.env.ROLE;
  }
}

@Injectable()
class BullProbe {
  readonly name = 'bull';

  constructor(
    probes: Probes,
    @InjectQueue('reports') private readonly reports: Queue<number>,
    @InjectQueue('audits') private readonly audits: Queue<number>,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    await this.inJob();
  }

  async inJob(): Promise<void> {
    const job = await this.reports.add(21);
    expectEqual(await job.finished(), 42, 'The result of the job of Bull');
    // In memory there is no worker, so this processor does not run.
    if (!process.env.JOBS_URL) return;
    const audit = await this.audits.add(1);
    expectEqual(await audit.finished(), 'worker', 'The process of the processor that is only in the worker');
  }
}

@Module({
  imports: [
    BullModule.forRoot({ url: process.env.BULL_URL, prefix: process.env.BULL_PREFIX }),
    BullModule.registerQueue({ name: 'reports' }, { name: 'audits' }),
  ],
  providers: [ReportsProcessor, provideOnlyInWorker(AuditsProcessor), BullProbe],
})
export class Neighbour {}
