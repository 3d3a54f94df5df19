import { CACHE_MANAGER, CacheInterceptor, CacheModule, type Cache } from '@nestjs/cache-manager';
import { Controller, Get, Inject, Injectable, Module, UseInterceptors } from '@nestjs/common';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Controller('cached')
@UseInterceptors(CacheInterceptor)
class CachedController {
  private times = 0;

  @Get()
  get(): string {
    return `computed ${++this.times} time(s)`;
  }
}

@Injectable()
class CacheProbe {
  readonly name = 'cache-manager';

  constructor(
    probes: Probes,
    @Inject(CACHE_MANAGER) private readonly cache: Cache,
  ) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    for (const _ of [1, 2]) expectEqual(await fetchText(`${url}/cached`), 'computed 1 time(s)', 'The answer');
  }

  async inJob(): Promise<void> {
    await this.cache.set('answer', 42);
    expectEqual(await this.cache.get('answer'), 42, 'The cached value');
  }
}

@Module({ imports: [CacheModule.register()], controllers: [CachedController], providers: [CacheProbe] })
export class Neighbour {}
