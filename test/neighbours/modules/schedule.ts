import { Injectable, Module } from '@nestjs/common';
import { Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class ScheduleProbe {
  readonly name = 'schedule';
  private wake = (): void => undefined;
  private readonly ticked = new Promise<void>((resolve) => (this.wake = resolve));

  constructor(
    probes: Probes,
    private readonly registry: SchedulerRegistry,
  ) {
    probes.add(this);
  }

  @Interval('ticks', 50)
  tick(): void {
    this.wake();
  }

  async inJob(): Promise<void> {
    await this.ticked;
    expectEqual(this.registry.getIntervals().join(), 'ticks', 'The list of intervals');
  }
}

@Module({ imports: [ScheduleModule.forRoot()], providers: [ScheduleProbe] })
export class Neighbour {}
