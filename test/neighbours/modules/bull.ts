import { BullModule, InjectQueue, Process, Processor } from '@nestjs/bull';
import { Injectable, Module } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { expectEqual, Probes } from '../probes.js';

@Processor('reports')
class ReportsProcessor {
  @Process()
  async double({ data }: Job<number>): Promise<number> {
    return 2 * data;
  }
}

@Injectable()
class BullProbe {
  readonly name = 'bull';

  constructor(
    probes: Probes,
    @InjectQueue('reports') private readonly reports: Queue<number>,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    await this.inJob();
  }

  async inJob(): Promise<void> {
    const job = await this.reports.add(21);
    expectEqual(await job.finished(), 42, 'The result of the job of Bull');
  }
}

@Module({
  imports: [
    BullModule.forRoot({ url: process.env.BULL_URL, prefix: process.env.BULL_PREFIX }),
    BullModule.registerQueue({ name: 'reports' }),
  ],
  providers: [ReportsProcessor, BullProbe],
})
export class Neighbour {}
