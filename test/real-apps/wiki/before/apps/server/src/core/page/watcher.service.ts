import { Injectable } from '@nestjs/common';
import { Database } from '@wiki/db/database.module';

@Injectable()
export class WatcherService {
  constructor(private readonly database: Database) {}

  async add(pageId: string, userIds: readonly string[]): Promise<void> {
    const rows = userIds.map((userId) => ({ page_id: pageId, user_id: userId }));
    await this.database
      .insertInto('watchers')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async of(pageId: string): Promise<string[]> {
    const rows = await this.database
      .selectFrom('watchers')
      .select('user_id')
      .where('page_id', '=', pageId)
      .orderBy('user_id')
      .execute();
    return rows.map(({ user_id }) => user_id);
  }
}
