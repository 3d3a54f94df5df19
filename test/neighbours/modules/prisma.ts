import { PrismaLibSql } from '@prisma/adapter-libsql';
import { Injectable, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Job, JobsService } from 'nestjs-fledge';
import { PrismaClient } from '../generated/client.js';
import type { JsonValue } from '../generated/internal/prismaNamespace.js';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class Prisma extends PrismaClient implements OnModuleInit, OnModuleDestroy {
  constructor() {
    super({ adapter: new PrismaLibSql({ url: 'file::memory:' }) });
  }

  async onModuleInit(): Promise<void> {
    await this.$executeRawUnsafe(
      'CREATE TABLE Note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, data JSONB)',
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.$disconnect();
  }
}

/** What a webhook sent, as Prisma types it. */
@Job()
class WebhookJob {
  async perform({ body }: { body: JsonValue }): Promise<void> {
    expectEqual(JSON.stringify(body), '{"a":[1,null]}', 'The body of the webhook');
  }
}

@Injectable()
class PrismaProbe {
  readonly name = 'prisma';

  constructor(
    probes: Probes,
    private readonly prisma: Prisma,
    private readonly jobs: JobsService,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    const note = await this.prisma.note.create({ data: { text: 'a note', data: { a: [1, null] } } });
    await this.jobs.enqueue(WebhookJob, { body: note.data });
  }

  async inJob(): Promise<void> {
    const { id } = await this.prisma.note.create({ data: { text: 'a note' } });
    const found = await this.prisma.note.findUniqueOrThrow({ where: { id } });
    expectEqual(found.text, 'a note', 'The stored note');
  }
}

@Module({ providers: [Prisma, WebhookJob, PrismaProbe] })
export class Neighbour {}
