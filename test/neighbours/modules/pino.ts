import { Injectable, Logger as NestLogger, Module, type INestApplicationContext } from '@nestjs/common';
import { Logger, LoggerModule, PinoLogger } from 'nestjs-pino';
import { Probes } from '../probes.js';

@Injectable()
class PinoProbe {
  readonly name = 'pino';
  private readonly nest = new NestLogger('PinoProbe');

  constructor(
    probes: Probes,
    private readonly pino: PinoLogger,
  ) {
    probes.add(this);
  }

  /** The check looks at these lines. */
  async inJob(): Promise<void> {
    this.pino.info({ password: 'secret' }, 'PROBE by pino');
    this.nest.log({ password: 'secret' }, 'PROBE by Nest');
  }
}

@Module({
  imports: [LoggerModule.forRoot({ pinoHttp: { redact: ['password'] } })],
  providers: [PinoProbe],
})
export class Neighbour {}

export const configure = (app: INestApplicationContext): void => app.useLogger(app.get(Logger));

export const workerOptions = { bufferLogs: true, setup: configure };
