import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database } from '../database/database.js';
import type { AirportsTable } from '../database/tables.js';

export interface ImportProgress {
  readonly id: string;
  readonly fileName: string;
  readonly status: 'waiting' | 'running' | 'done';
  readonly total: number;
  readonly loaded: number;
  readonly rejected: number;
}

@Injectable()
export class ImportsService {
  constructor(private readonly database: Database) {}

  async create(fileName: string, csv: string, total: number): Promise<string> {
    const id = randomUUID();
    const created_at = new Date().toISOString();
    await this.database
      .insertInto('imports')
      .values({ id, file_name: fileName, csv, total, created_at })
      .execute();
    return id;
  }

  async remove(id: string): Promise<void> {
    await this.database.deleteFrom('imports').where('id', '=', id).execute();
  }

  async progress(id: string): Promise<ImportProgress | undefined> {
    const row = await this.database
      .selectFrom('imports')
      .select(['id', 'file_name', 'status', 'total', 'loaded', 'handled'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) return undefined;
    const { status, total, loaded, handled, file_name: fileName } = row;
    return { id, fileName, status, total, loaded, rejected: handled - loaded };
  }

  /** Returns the file and the number of its processed rows. */
  async open(id: string): Promise<{ csv: string; handled: number }> {
    return this.database
      .selectFrom('imports')
      .select(['csv', 'handled'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow(() => new Error(`There is no import ${id}`));
  }

  /** Stores a batch and the progress in one transaction, so that the next worker continues there after a crash. */
  async load(
    id: string,
    handledBefore: number,
    batchSize: number,
    airports: readonly AirportsTable[],
  ): Promise<void> {
    await this.database.transaction().execute(async (tx) => {
      const moved = await tx
        .updateTable('imports')
        .set((eb) => ({
          status: 'running',
          handled: handledBefore + batchSize,
          loaded: eb('loaded', '+', airports.length),
        }))
        .where('id', '=', id)
        .where('handled', '=', handledBefore)
        .executeTakeFirst();
      if (moved.numUpdatedRows !== 1n) throw new Error(`Another worker has continued import ${id}`);
      if (airports.length === 0) return;
      await tx
        .insertInto('airports')
        .values([...airports])
        .onConflict((conflict) =>
          conflict.column('iata').doUpdateSet((eb) => ({
            name: eb.ref('excluded.name'),
            city: eb.ref('excluded.city'),
            state: eb.ref('excluded.state'),
            country: eb.ref('excluded.country'),
            latitude: eb.ref('excluded.latitude'),
            longitude: eb.ref('excluded.longitude'),
          })),
        )
        .execute();
    });
  }

  async finish(id: string): Promise<void> {
    const finished_at = new Date().toISOString();
    await this.database
      .updateTable('imports')
      .set({ status: 'done', finished_at })
      .where('id', '=', id)
      .execute();
  }

  async airport(iata: string): Promise<AirportsTable | undefined> {
    return this.database.selectFrom('airports').selectAll().where('iata', '=', iata).executeTakeFirst();
  }
}
