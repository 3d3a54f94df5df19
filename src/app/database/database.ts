import { Kysely, PostgresDialect, SqliteDialect, sql, type Dialect } from 'kysely';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Tables } from './tables.js';

/** The application's database. The class is also its injection token. */
export class Database extends Kysely<Tables> {
  /** @param url `postgres://…`, or `file:path` for a SQLite file that web and worker on one machine share */
  static async open(url: string): Promise<Database> {
    const database = new Database({ dialect: await dialectFor(url) });
    await database.createTables(url.startsWith('postgres'));
    return database;
  }

  private async createTables(isPostgres: boolean): Promise<void> {
    await this.transaction().execute(async (tx) => {
      // Web and worker start at the same time, and only one of them may create the tables.
      if (isPostgres) await sql`select pg_advisory_xact_lock(20261123)`.execute(tx);
      await tx.schema
        .createTable('accounts')
        .ifNotExists()
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('email', 'text', (c) => c.notNull().unique())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .execute();
      await tx.schema
        .createTable('imports')
        .ifNotExists()
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('file_name', 'text', (c) => c.notNull())
        .addColumn('csv', 'text', (c) => c.notNull())
        .addColumn('status', 'text', (c) => c.notNull().defaultTo('waiting'))
        .addColumn('handled', 'integer', (c) => c.notNull().defaultTo(0))
        .addColumn('loaded', 'integer', (c) => c.notNull().defaultTo(0))
        .addColumn('total', 'integer', (c) => c.notNull())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('finished_at', 'text')
        .execute();
      await tx.schema
        .createTable('airports')
        .ifNotExists()
        .addColumn('iata', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('city', 'text', (c) => c.notNull())
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('country', 'text', (c) => c.notNull())
        .addColumn('latitude', 'double precision', (c) => c.notNull())
        .addColumn('longitude', 'double precision', (c) => c.notNull())
        .execute();
    });
  }
}

async function dialectFor(url: string): Promise<Dialect> {
  if (/^postgres(ql)?:/.test(url)) {
    const { default: pg } = await import('pg');
    return new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) });
  }
  if (!url.startsWith('file:'))
    throw new Error('DATABASE_URL has an unknown protocol. Use postgres:// or file:');
  const path = resolve(url.slice('file:'.length));
  mkdirSync(dirname(path), { recursive: true });
  const { default: Sqlite } = await import('libsql');
  const file = new Sqlite(path);
  // Readers do not wait for the writer, and a second writer waits instead of failing.
  file.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL;');
  return new SqliteDialect({ database: file });
}

/** Returns whether an insert failed because the row exists, on either database. */
export function isUniqueViolation(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  const { code } = error;
  return code === '23505' || (typeof code === 'string' && code.startsWith('SQLITE_CONSTRAINT'));
}
