import {
  forgottenAfter,
  type Beat,
  type Fleet,
  type FleetCommand,
  type FleetMember,
} from '../../../store/fleet.js';
import { readCatalog, type JobCatalog, type StoredCatalog } from '../../../store/job-catalog.js';
import type { Ask } from '../connection/ask.js';
import type { RedisClient } from '../connection/connection.js';
import { isDataFault } from '../connection/refusal.js';
import { deleteCommand, readBeats, recordBeat } from '../scripts/fleet-scripts.js';
import { fledgeKey } from './fledge-keys.js';
import { readMember } from './fleet-record.js';

/** After this time without any worker, the fleet's key is deleted. In seconds. */
const expireAfter = 24 * 3_600;
/** A command that no process takes within ten minutes is pointless. In seconds. */
const commandExpiresAfter = 600;
/** How often a process removes members that are gone for long, in milliseconds. */
const forgetEvery = 600_000;

/**
 * The fleet in Redis: a hash with a field for each process, and a key for each command that was sent. Ages come from the
 * server's clock, because the clocks of the processes may differ.
 */
export class RedisFleet implements Fleet {
  private readonly key: string;
  private readonly classesKey: string;
  private readonly catalogsKey: string;
  /** The id of the catalog that this process has written. */
  private writtenCatalog?: string;
  private lastForgetAt = 0;

  constructor(
    private readonly client: RedisClient,
    prefix: string,
    private readonly ask: Ask,
  ) {
    this.key = fledgeKey(prefix, 'fleet');
    this.classesKey = fledgeKey(prefix, 'classes');
    this.catalogsKey = fledgeKey(prefix, 'catalog');
  }

  async beat(beat: Beat, catalog?: StoredCatalog): Promise<void> {
    // First the catalog, because a reader looks for it as soon as a beat names it.
    if (catalog) await this.keepCatalog(catalog);
    const record = { key: this.key, id: beat.id, beat: JSON.stringify(beat), expiresAfter: expireAfter };
    await this.ask(() => recordBeat(this.client, record));
    if (Date.now() - this.lastForgetAt > forgetEvery) await this.forget();
  }

  async catalog(id: string): Promise<JobCatalog | undefined> {
    const key = this.catalogKey(id);
    const text = await this.ask(() => this.client.get(key).catch(nullIfDataFault));
    return text === null ? undefined : readCatalog(text);
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

  async classCodes(): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await this.ask(() => this.client.hgetall(this.classesKey))));
  }

  async recordClassCodes(codes: ReadonlyMap<string, string>): Promise<void> {
    if (codes.size > 0) await this.ask(() => this.client.hset(this.classesKey, Object.fromEntries(codes)));
  }

  async send(id: string, command: FleetCommand): Promise<void> {
    const key = this.commandKey(id);
    await this.ask(() =>
      command === 'stop'
        ? this.client.set(key, command, 'EX', commandExpiresAfter)
        : // A stop that was already sent stays.
          this.client.set(key, command, 'EX', commandExpiresAfter, 'NX'),
    );
  }

  async take(id: string): Promise<FleetCommand | undefined> {
    const key = this.commandKey(id);
    // Only a read while there is no command. A replica would refuse a write every two seconds.
    const command = await this.ask(() => this.client.get(key));
    if (command !== null) await this.ask(() => deleteCommand(this.client, key, command));
    return command === 'quiet' || command === 'stop' ? command : undefined;
  }

  /** Writes the catalog once per boot, and again if it was lost. Later beats only extend its life. */
  private async keepCatalog({ id, text }: StoredCatalog): Promise<void> {
    const key = this.catalogKey(id);
    const isThere =
      this.writtenCatalog === id && (await this.ask(() => this.client.expire(key, expireAfter))) === 1;
    if (!isThere) await this.ask(() => this.client.set(key, text, 'EX', expireAfter));
    this.writtenCatalog = id;
  }

  /** Removes members that are gone for long. `beat` calls this, so that reading the list needs no right to write. */
  private async forget(): Promise<void> {
    this.lastForgetAt = Date.now();
    const isOver = ({ age }: FleetMember): boolean => age >= forgottenAfter && age !== Infinity;
    const forgotten = (await this.all()).filter(isOver).map(({ id }) => id);
    if (forgotten.length > 0) await this.ask(() => this.client.hdel(this.key, ...forgotten));
  }

  private async all(): Promise<FleetMember[]> {
    const { now, beats } = await this.ask(() => readBeats(this.client, this.key));
    return beats.map(({ id, record }) => readMember(id, record, now));
  }

  private commandKey(id: string): string {
    return `${this.key}:${id}`;
  }

  private catalogKey(id: string): string {
    return `${this.catalogsKey}:${id}`;
  }
}

/** Another program may have written a value of another type. */
function nullIfDataFault(thrown: unknown): null {
  if (isDataFault(thrown)) return null;
  throw thrown;
}
