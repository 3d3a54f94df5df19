import {
  forgottenAfter,
  type Beat,
  type Fleet,
  type FleetCommand,
  type FleetMember,
} from '../../../store/fleet.js';
import type { RedisClient } from '../connection/connection.js';
import { readMember } from './fleet-record.js';

/** Nobody beats for so long: the application is gone from this store. */
const expireAfter = 24 * 3_600;
/** A command that no process takes within ten minutes is pointless. */
const commandExpiresAfter = 600;

/** Between two looks for processes to be forgotten; milliseconds. */
const forgetEvery = 600_000;

/** By the clock of the node that has the key, of a Cluster too. */
const beatScript = `
-- Beats are written again every few seconds. A key of another type would hide the whole fleet.
local found = redis.call('TYPE', KEYS[1])['ok']
if found ~= 'hash' and found ~= 'none' then redis.call('DEL', KEYS[1]) end
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], string.format('{"at":%s%03d,"beat":%s}', now[1], math.floor(now[2] / 1000), ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[3])`;
const membersScript = `
local now = redis.call('TIME')
local beats = redis.pcall('HGETALL', KEYS[1])
if beats.err then beats = {} end
return {string.format('%s%03d', now[1], math.floor(now[2] / 1000)), beats}`;
const takeScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/** No queue can be called `$fleet`. */
export function fleetKey(prefix: string): string {
  return `${prefix}:$fleet`;
}

/**
 * The fleet in Redis: a hash with a field for each process, and a key for each command under way. Ages are by the
 * server's clock, since those of the processes may differ.
 */
export class RedisFleet implements Fleet {
  private readonly key: string;
  private lastForgetAt = 0;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    /** Puts what goes wrong into a coded error, and waits no longer than an add does. */
    private readonly ask: <Answer>(question: () => Promise<Answer>) => Promise<Answer>,
  ) {
    this.key = fleetKey(prefix);
  }

  async beat(beat: Beat): Promise<void> {
    await this.ask(() =>
      this.client.eval(beatScript, 1, this.key, beat.id, JSON.stringify(beat), expireAfter),
    );
    if (Date.now() - this.lastForgetAt > forgetEvery) await this.forget();
  }

  async leave(id: string): Promise<void> {
    await this.ask(async () => {
      await this.client.hdel(this.key, id);
      await this.client.del(this.commandKey(id));
    });
  }

  async members(): Promise<FleetMember[]> {
    return (await this.all()).filter(({ age }) => age < forgottenAfter || age === Infinity);
  }

  async send(id: string, command: FleetCommand): Promise<void> {
    const key = this.commandKey(id);
    await this.ask(() =>
      command === 'stop'
        ? this.client.set(key, command, 'EX', commandExpiresAfter)
        : // A stop that waits there is not taken back.
          this.client.set(key, command, 'EX', commandExpiresAfter, 'NX'),
    );
  }

  async take(id: string): Promise<FleetCommand | undefined> {
    const key = this.commandKey(id);
    // A read while there is nothing to take: a replica would refuse a write every two seconds.
    const command = await this.ask(() => this.client.get(key));
    if (command !== null) await this.ask(() => this.client.eval(takeScript, 1, key, command));
    return command === 'quiet' || command === 'stop' ? command : undefined;
  }

  /** Whoever beats clears away those that are gone for long: to read the list should need no right to write. */
  private async forget(): Promise<void> {
    this.lastForgetAt = Date.now();
    const isOver = ({ age }: FleetMember): boolean => age >= forgottenAfter && age !== Infinity;
    const forgotten = (await this.all()).filter(isOver).map(({ id }) => id);
    if (forgotten.length > 0) await this.ask(() => this.client.hdel(this.key, ...forgotten));
  }

  private async all(): Promise<FleetMember[]> {
    const answer = await this.ask(() => this.client.eval(membersScript, 1, this.key));
    const [now, beats] = answer as [string, string[]];
    return beats.flatMap((text, index) =>
      index % 2 === 0 ? [] : [readMember(beats[index - 1]!, text, Number(now))],
    );
  }

  private commandKey(id: string): string {
    return `${this.key}:${id}`;
  }
}
