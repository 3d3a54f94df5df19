import { BullModule, InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Controller, Module, Post } from '@nestjs/common';
import { type Job, Queue } from 'bullmq';

/** The application's code before it added Fledge, unchanged. */
@Processor('reports')
class ReportsProcessor extends WorkerHost {
  async process(job: Job<{ title: string }>): Promise<void> {
    console.log(`reported ${job.data.title}`);
  }
}

@Controller('reports')
class ReportsController {
  constructor(@InjectQueue('reports') private readonly queue: Queue) {}

  @Post()
  async create(): Promise<{ id: string | undefined }> {
    const { id } = await this.queue.add('report', { title: 'the year' });
    return { id };
  }
}

const { hostname: host, port } = new URL(process.env.JOBS_URL!);

@Module({
  imports: [
    BullModule.forRoot({ connection: { host, port: Number(port) }, prefix: process.env.REPORTS_PREFIX! }),
    BullModule.registerQueue({ name: 'reports' }),
  ],
  controllers: [ReportsController],
  providers: [ReportsProcessor],
})
export class ReportsModule {}
