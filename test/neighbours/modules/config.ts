import { Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class ConfigProbe {
  readonly name = 'config';

  constructor(
    probes: Probes,
    private readonly config: ConfigService,
  ) {
    probes.add(this);
  }

  async inJob(): Promise<void> {
    expectEqual(this.config.get('answer'), 42, 'The answer');
  }
}

@Module({
  imports: [ConfigModule.forRoot({ isGlobal: true, load: [() => ({ answer: 42 })] })],
  providers: [ConfigProbe],
})
export class Neighbour {}
