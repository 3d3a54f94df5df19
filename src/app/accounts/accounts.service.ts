import { ConflictException, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, isUniqueViolation } from '../database/database.js';

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

@Injectable()
export class AccountsService {
  constructor(private readonly database: Database) {}

  async create(name: string, email: string): Promise<Account> {
    const account = { id: randomUUID(), name, email };
    try {
      const created_at = new Date().toISOString();
      await this.database
        .insertInto('accounts')
        .values({ ...account, created_at })
        .execute();
    } catch (error) {
      if (isUniqueViolation(error)) throw new ConflictException(`There is already an account for ${email}`);
      throw error;
    }
    return account;
  }

  async get(id: string): Promise<Account> {
    return this.database
      .selectFrom('accounts')
      .select(['id', 'name', 'email'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow(() => new Error(`There is no account ${id}`));
  }

  async latest(): Promise<Account | undefined> {
    return this.database
      .selectFrom('accounts')
      .select(['id', 'name', 'email'])
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst();
  }

  async remove(id: string): Promise<void> {
    await this.database.deleteFrom('accounts').where('id', '=', id).execute();
  }
}
