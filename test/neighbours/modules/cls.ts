import { Injectable, Module } from '@nestjs/common';
import { ClsModule, ClsService } from 'nestjs-cls';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class ClsProbe {
  readonly name = 'cls';

  constructor(
    probes: Probes,
    private readonly cls: ClsService,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    expectEqual(this.cls.isActive(), true, 'That a request has a context');
    this.cls.set('user', 'ada');
  }

  async inJob(): Promise<void> {
    expectEqual(this.cls.isActive(), false, 'That the context of the request reaches the job');
    await this.cls.run(async () => {
      this.cls.set('user', 'job');
      await new Promise((wake) => setImmediate(wake));
      expectEqual(this.cls.get('user'), 'job', 'The user in the job');
    });
  }
}

@Module({
  imports: [ClsModule.forRoot({ global: true, middleware: { mount: true } })],
  providers: [ClsProbe],
})
export class Neighbour {}
