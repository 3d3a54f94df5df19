import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import { RedisCacheService } from '@portfolio/api/app/redis-cache/redis-cache.service';
import { PrismaService } from '@portfolio/api/services/prisma/prisma.service';
import { GATHER_UPTIME, PROPERTY_UPTIME, STATISTICS_QUEUE } from '@portfolio/common/config';
import type { JsonValue } from '@portfolio/prisma-client';
import type { Queue } from 'bull';

@Injectable()
export class StatisticsService {
  constructor(
    private readonly prisma: PrismaService,
    private readonly cache: RedisCacheService,
    @InjectQueue(STATISTICS_QUEUE) private readonly queue: Queue,
  ) {}

  async gather(): Promise<void> {
    await this.queue.add(GATHER_UPTIME, undefined, { removeOnComplete: true });
  }

  async store(value: JsonValue): Promise<void> {
    const key = PROPERTY_UPTIME;
    await this.prisma.property.upsert({ where: { key }, create: { key, value }, update: { value } });
    await this.cache.set('uptime', JSON.stringify(value));
  }

  async uptime(): Promise<unknown> {
    return (await this.prisma.property.findUnique({ where: { key: PROPERTY_UPTIME } }))?.value;
  }
}
