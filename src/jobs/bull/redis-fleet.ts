import { forgottenAfter, type Beat, type Fleet, type FleetCommand, type FleetMember } from '../fleet.js';
import type { RedisClient } from './connection.js';

/** Nobody beats for so long: the application is gone from this store. */
const expireAfter = 24 * 3_600;
/** A command that no process takes within ten minutes is pointless. */
const commandExpiresAfter = 600;

/**
 * The fleet in Redis: a hash with a field for each process, and a key for each command under way. No queue can be called
 * `$fleet`. Ages are by the server's clock, since those of the processes may differ.
 */
export class RedisFleet implements Fleet {
  private readonly key: string;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    /** Puts what goes wrong into a coded error, and waits no longer than an add does. */
    private readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>,
  ) {
    this.key = `${prefix}:$fleet`;
  }

  async beat(beat: Beat): Promise<void> {
    await this.ask(async () => {
      const at = await this.now();
      await this.client.hset(this.key, beat.id, JSON.stringify({ beat, at }));
      await this.client.expire(this.key, expireAfter);
    });
  }

  async leave(id: string): Promise<void> {
    await this.ask(async () => {
      await this.client.hdel(this.key, id);
      await this.client.del(this.commandKey(id));
    });
  }

  async members(): Promise<FleetMember[]> {
    return this.ask(async () => {
      const [now, beats] = await Promise.all([this.now(), this.client.hgetall(this.key)]);
      const members = Object.entries(beats).flatMap(([id, text]) => readBeat(id, text, now));
      const known = members.filter(({ age }) => age < forgottenAfter);
      const forgotten = Object.keys(beats).filter((id) => !known.some((member) => member.id === id));
      if (forgotten.length > 0) await this.client.hdel(this.key, ...forgotten);
      return known;
    });
  }

  async send(id: string, command: FleetCommand): Promise<void> {
    await this.ask(() => this.client.set(this.commandKey(id), command, 'EX', commandExpiresAfter));
  }

  async take(id: string): Promise<FleetCommand | undefined> {
    const key = this.commandKey(id);
    // A read while there is nothing to take: a replica would refuse a write every two seconds.
    const command = await this.ask(() => this.client.get(key));
    if (command !== null) await this.ask(() => this.client.del(key));
    return command === 'quiet' || command === 'stop' ? command : undefined;
  }

  private commandKey(id: string): string {
    return `${this.key}:${id}`;
  }

  private async now(): Promise<number> {
    const [seconds, microseconds] = await this.client.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}

/** What a later Fledge, or another program, wrote there is left out. */
function readBeat(id: string, text: string, now: number): FleetMember[] {
  try {
    const { beat, at } = JSON.parse(text) as { readonly beat: Beat; readonly at: number };
    if (beat.id !== id || !Number.isFinite(at)) return [];
    return [{ ...beat, age: Math.max(0, now - at) }];
  } catch {
    return [];
  }
}
