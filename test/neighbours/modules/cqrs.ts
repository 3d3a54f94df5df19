import { Injectable, Module } from '@nestjs/common';
import { CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import { JobsService } from 'nestjs-fledge';
import { expectEqual, Probes } from '../probes.js';

class Double {
  constructor(readonly number: number) {}
}

@CommandHandler(Double)
class DoubleHandler implements ICommandHandler<Double> {
  // A handler that could enqueue, as most do.
  constructor(private readonly jobs: JobsService) {}

  async execute({ number }: Double): Promise<number> {
    expectEqual(typeof this.jobs.enqueue, 'function', 'The enqueue of a handler');
    return 2 * number;
  }
}

@Injectable()
class CqrsProbe {
  readonly name = 'cqrs';

  constructor(
    probes: Probes,
    private readonly commands: CommandBus,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    await this.inJob();
  }

  async inJob(): Promise<void> {
    expectEqual(await this.commands.execute(new Double(21)), 42, 'The command');
  }
}

@Module({ imports: [CqrsModule.forRoot()], providers: [DoubleHandler, CqrsProbe] })
export class Neighbour {}
