import { Controller, Inject, Injectable, Module, type INestApplication } from '@nestjs/common';
import { ClientsModule, MessagePattern, Payload, Transport, type ClientProxy } from '@nestjs/microservices';
import { JobsService } from 'nestjs-fledge';
import { lastValueFrom } from 'rxjs';
import { expectEqual, Probes } from '../probes.js';

const address = { host: '127.0.0.1', port: Number(process.env.PORT_2) };

@Controller()
class SumController {
  constructor(private readonly jobs: JobsService) {}

  @MessagePattern('sum')
  sum(@Payload() numbers: number[]): number {
    expectEqual(typeof this.jobs.enqueue, 'function', 'The enqueue of a message handler');
    return numbers.reduce((a, b) => a + b, 0);
  }
}

@Injectable()
class MicroserviceProbe {
  readonly name = 'microservices';

  constructor(
    probes: Probes,
    @Inject('SUMS') private readonly client: ClientProxy,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    expectEqual(await lastValueFrom(this.client.send('sum', [40, 2])), 42, 'The answer of the microservice');
  }

  /** The worker is a client of the microservice that the web process serves. */
  async inJob(): Promise<void> {
    if (process.env.ROLE !== 'kit') await this.inRequest();
  }
}

@Module({
  imports: [ClientsModule.register([{ name: 'SUMS', transport: Transport.TCP, options: address }])],
  controllers: [SumController],
  providers: [MicroserviceProbe],
})
export class Neighbour {}

export async function configure(app: INestApplication): Promise<void> {
  app.connectMicroservice({ transport: Transport.TCP, options: address });
  await app.startAllMicroservices();
}
