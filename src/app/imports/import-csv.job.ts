import { Job, type JobContext } from 'nestjs-fledge';
import { readAirportsCsv, toAirport } from './airports-csv.js';
import { ImportsService } from './imports.service.js';

const batchSize = 100;

/** Loads the airports of an uploaded CSV file. After an interruption it continues after the last batch. */
@Job({ attempts: 10 })
export class ImportCsvJob {
  constructor(private readonly imports: ImportsService) {}

  async perform({ importId }: { importId: string }, { signal, logger, progress }: JobContext) {
    const { csv, handled } = await this.imports.open(importId);
    const rows = readAirportsCsv(csv);
    if (handled > 0) logger.log(`continues after row ${handled} of ${rows.length}`);
    for (let done = handled; done < rows.length; done += batchSize) {
      signal.throwIfAborted();
      const batch = rows.slice(done, done + batchSize);
      // Keyed by code, because one statement cannot insert the same airport twice.
      const airports = batch
        .flatMap((row) => toAirport(row) ?? [])
        .map((airport) => [airport.iata, airport] as const);
      await this.imports.load(importId, done, batch.length, [...new Map(airports).values()]);
      await progress(Math.round((100 * (done + batch.length)) / rows.length));
    }
    await this.imports.finish(importId);
  }
}
