import { createHash } from 'node:crypto';
import type { RedisClient } from '../connection/connection.js';

/** A script that is sent to each server once, and called by its digest from then on. */
export class LuaScript {
  private readonly sha: string;

  constructor(private readonly text: string) {
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /** @param key finds the node, of a Cluster */
  async run(
    client: RedisClient,
    key: string | Buffer,
    ...args: (string | number | Buffer)[]
  ): Promise<unknown> {
    try {
      return await client.evalsha(this.sha, 1, key, ...args);
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.message.startsWith('NOSCRIPT'))) throw thrown;
      return client.eval(this.text, 1, key, ...args);
    }
  }
}
