import { parse } from 'csv-parse/sync';
import type { AirportsTable } from '../database/tables.js';

const columns = ['iata', 'name', 'city', 'state', 'country', 'latitude', 'longitude'] as const;

export type CsvRow = Record<(typeof columns)[number], string>;

/**
 * Parses a CSV file of airports.
 *
 * @throws Error with the reason if the text is not CSV or lacks a column
 */
export function readAirportsCsv(csv: string): CsvRow[] {
  const rows = parse<CsvRow>(csv, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  const [first] = rows;
  if (!first) throw new Error('the file has no rows');
  const missing = columns.filter((column) => !(column in first));
  const noun = missing.length === 1 ? 'column' : 'columns';
  if (missing.length > 0) throw new Error(`the file lacks the ${noun} ${missing.join(', ')}`);
  return rows;
}

/** Returns the airport in a row, or undefined if the row is invalid. */
export function toAirport(row: CsvRow): AirportsTable | undefined {
  const [latitude, longitude] = [Number(row.latitude), Number(row.longitude)];
  const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  if (!/^[A-Z0-9]{3,4}$/.test(row.iata) || !row.name || !isOnEarth) return undefined;
  return { ...row, latitude, longitude };
}
