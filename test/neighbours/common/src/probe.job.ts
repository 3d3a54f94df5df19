import { Job } from 'nestjs-fledge';
import { Probes } from './probes.js';

/** Exercises one neighbour where jobs run. */
@Job({ attempts: 1, timeout: '20s' })
export class ProbeJob {
  constructor(private readonly probes: Probes) {}

  async perform({ name }: { name: string }): Promise<void> {
    await this.probes.get(name).inJob();
    console.log(`PROBE ${name} ran in ${process.env.ROLE}`);
  }
}
