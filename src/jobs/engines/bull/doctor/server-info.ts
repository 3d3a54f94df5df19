import type { RedisClient } from '../connection/connection.js';
import type { StoreErrors } from '../connection/store-errors.js';

/** The value that was read, or the error. */
export type Reading<T> = T | Error;

/** The server's answer to `INFO`. Managed Redis allows no other command about the server. */
export class ServerInfo {
  private readonly fields: ReadonlyMap<string, string>;

  constructor(answer: string) {
    const lines = answer.split(/\r?\n/).filter((line) => line.includes(':'));
    this.fields = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    );
  }

  text(field: string): string | undefined {
    return this.fields.get(field);
  }

  number(field: string): number | undefined {
    const value = this.fields.get(field);
    return value === undefined || !/^-?\d+(\.\d+)?$/.test(value) ? undefined : Number(value);
  }
}

/** Never throws. */
export async function readInfo(client: RedisClient, errors: StoreErrors): Promise<Reading<ServerInfo>> {
  try {
    return new ServerInfo(await client.info());
  } catch (thrown) {
    return errors.bare(thrown);
  }
}
