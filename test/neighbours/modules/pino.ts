import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { Logger, LoggerModule, PinoLogger } from 'nestjs-pino';
import { Probes } from '../probes.js';

@Injectable()
class PinoProbe {
  readonly name = 'pino';

  constructor(
    probes: Probes,
    private readonly logger: PinoLogger,
  ) {
    probes.add(this);
  }

  async inJob(): Promise<void> {
    this.logger.info({ password: 'secret' }, 'PROBE pino wrote a line');
  }
}

@Module({
  imports: [LoggerModule.forRoot({ pinoHttp: { redact: ['password'] } })],
  providers: [PinoProbe],
})
export class Neighbour {}

export function configure(app: INestApplication): void {
  app.useLogger(app.get(Logger));
}
