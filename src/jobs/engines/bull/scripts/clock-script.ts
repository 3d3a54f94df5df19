import type { RedisClient } from '../connection/connection.js';
import { clock } from './lua-fragments.js';
import { LuaScript } from './lua-script.js';

const script = new LuaScript<string>(`${clock}
return nowText`);

/**
 * @param key a key on the node whose clock is wanted; it need not exist
 * @returns the server's time in milliseconds since 1970
 */
export async function readClock(client: RedisClient, key: string): Promise<number> {
  return Number(await script.run(client, key));
}
