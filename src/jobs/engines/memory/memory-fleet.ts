import {
  forgottenAfter,
  type Beat,
  type Fleet,
  type FleetCommand,
  type FleetMember,
} from '../../store/fleet.js';
import { readCatalog, type JobCatalog, type StoredCatalog } from '../../store/job-catalog.js';

/** A fleet of one process, which is the web process and the worker. */
export class MemoryFleet implements Fleet {
  private readonly beats = new Map<string, { readonly beat: Beat; readonly at: number }>();
  private readonly commands = new Map<string, FleetCommand>();
  /** By id, as JSON. */
  private readonly catalogs = new Map<string, string>();

  async beat(beat: Beat, catalog?: StoredCatalog): Promise<void> {
    if (catalog) this.catalogs.set(catalog.id, catalog.text);
    this.beats.set(beat.id, { beat, at: Date.now() });
  }

  async catalog(id: string): Promise<JobCatalog | undefined> {
    const text = this.catalogs.get(id);
    return text === undefined ? undefined : readCatalog(text);
  }

  async leave(id: string): Promise<void> {
    this.beats.delete(id);
    this.commands.delete(id);
  }

  async members(): Promise<FleetMember[]> {
    const now = Date.now();
    return [...this.beats.values()]
      .map(({ beat, at }) => ({ ...beat, age: now - at }))
      .filter(({ age }) => age < forgottenAfter);
  }

  /** All classes are those of this process. */
  async classCodes(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }

  async recordClassCodes(): Promise<void> {}

  async send(id: string, command: FleetCommand): Promise<void> {
    // A pending stop is not replaced.
    if (this.commands.get(id) !== 'stop') this.commands.set(id, command);
  }

  async take(id: string): Promise<FleetCommand | undefined> {
    const command = this.commands.get(id);
    this.commands.delete(id);
    return command;
  }
}
