import { Global, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { EnvironmentService } from '../integrations/environment/environment.module';

interface Tables {
  pages: { id: string; title: string; excerpt: string };
  watchers: { page_id: string; user_id: string };
}

export class Database extends Kysely<Tables> {}

@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [EnvironmentService],
      useFactory: ({ databaseUrl }: EnvironmentService) =>
        new Database({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: databaseUrl }) }) }),
    },
  ],
  exports: [Database],
})
export class DatabaseModule implements OnModuleInit, OnModuleDestroy {
  constructor(private readonly database: Database) {}

  /** The migrations. */
  async onModuleInit(): Promise<void> {
    await sql`create table if not exists pages (id text primary key, title text, excerpt text)`.execute(
      this.database,
    );
    await sql`create table if not exists watchers (page_id text, user_id text, primary key (page_id, user_id))`.execute(
      this.database,
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.database.destroy();
  }
}
