import { createHash } from 'node:crypto';
import type { RedisClient } from '../connection/connection.js';

type Argument = string | number | Buffer;

/**
 * A Lua script. Each server receives its text once. Later calls send only its digest.
 *
 * Next to each script stands one function that takes named arguments and passes them on in the script's order.
 */
export class LuaScript<Answer> {
  private readonly sha: string;

  constructor(private readonly text: string) {
    this.sha = createHash('sha1').update(text).digest('hex');
  }

  /**
   * @param key KEYS[1]; a Redis Cluster uses it to find the node
   * @param args ARGV
   */
  async run(client: RedisClient, key: string | Buffer, ...args: Argument[]): Promise<Answer> {
    // ioredis does not know what a script returns. `Answer` is declared where the script's text stands.
    return (await this.evaluate(client, key, args)) as Answer;
  }

  private async evaluate(
    client: RedisClient,
    key: string | Buffer,
    args: readonly Argument[],
  ): Promise<unknown> {
    try {
      return await client.evalsha(this.sha, 1, key, ...args);
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.message.startsWith('NOSCRIPT'))) throw thrown;
      return client.eval(this.text, 1, key, ...args);
    }
  }
}
