import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Throttle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Controller('throttled')
class ThrottledController {
  @Throttle({ default: { limit: 1, ttl: 60_000 } })
  @Get()
  get(): string {
    return 'served';
  }
}

@Injectable()
class ThrottlerProbe {
  readonly name = 'throttler';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    expectEqual(await fetchText(`${url}/throttled`), 'served', 'The first request');
    const second = await fetchText(`${url}/throttled`).catch(String);
    expectEqual(String(second).includes('answered 429'), true, 'That the second request is refused');
  }

  /** A guard of requests must not stop jobs. */
  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

@Module({
  imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 1_000 }])],
  controllers: [ThrottledController],
  providers: [ThrottlerProbe, { provide: APP_GUARD, useClass: ThrottlerGuard }],
})
export class Neighbour {}
