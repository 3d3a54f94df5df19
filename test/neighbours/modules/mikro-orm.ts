import { defineEntity, MikroORM, p, RequestContext } from '@mikro-orm/core';
import { LibSqlDriver } from '@mikro-orm/libsql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { expectEqual, Probes } from '../probes.js';

const Note = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.text() } });

@Injectable()
class MikroOrmProbe implements OnModuleInit {
  readonly name = 'mikro-orm';

  constructor(
    probes: Probes,
    private readonly orm: MikroORM,
  ) {
    probes.add(this);
  }

  async onModuleInit(): Promise<void> {
    await this.orm.schema.update();
  }

  async inRequest(): Promise<void> {
    await this.inJob(true);
  }

  /** A job that ran in a request's context would share its identity map, and its finished transaction. */
  async inJob(hasContext = false): Promise<void> {
    expectEqual(
      RequestContext.getEntityManager() !== undefined,
      hasContext,
      'That it has a request’s context',
    );
    const em = this.orm.em.fork();
    const note = em.create(Note, { text: 'a note' });
    await em.persist(note).flush();
    expectEqual((await em.fork().findOneOrFail(Note, { id: note.id })).text, 'a note', 'The stored note');
  }
}

@Module({
  imports: [MikroOrmModule.forRoot({ driver: LibSqlDriver, dbName: ':memory:', entities: [Note] })],
  providers: [MikroOrmProbe],
})
export class Neighbour {}
