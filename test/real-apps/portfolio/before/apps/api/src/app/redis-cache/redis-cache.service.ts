import { CACHE_MANAGER, type Cache } from '@nestjs/cache-manager';
import { Inject, Injectable } from '@nestjs/common';

@Injectable()
export class RedisCacheService {
  constructor(@Inject(CACHE_MANAGER) private readonly cache: Cache) {}

  async get(key: string): Promise<string | undefined> {
    return this.cache.get<string>(key);
  }

  async set(key: string, value: string): Promise<void> {
    await this.cache.set(key, value);
  }
}
