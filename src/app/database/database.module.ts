import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from './database.js';

@Global()
@Module({
  providers: [
    { provide: Database, useFactory: () => Database.open(process.env.DATABASE_URL || 'file:tmp/app.sqlite') },
  ],
  exports: [Database],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.destroy();
  }
}
