import { parse } from 'csv-parse/sync';
import type { AirportsTable } from '../database/tables.js';

const columns = ['iata', 'name', 'city', 'state', 'country', 'latitude', 'longitude'] as const;

export type CsvRow = Record<(typeof columns)[number], string>;

/** @throws Error with the reason when the text is no CSV with the columns of an airports file */
export function readAirportsCsv(csv: string): CsvRow[] {
  const rows = parse(csv, { columns: true, bom: true, skip_empty_lines: true, trim: true }) as CsvRow[];
  if (!rows[0]) throw new Error('the file has no rows');
  const missing = columns.filter((column) => !(column in rows[0]!));
  if (missing.length > 0) throw new Error(`the file lacks the column(s) ${missing.join(', ')}`);
  return rows;
}

/** The airport that a row describes, or undefined if it describes none. */
export function toAirport(row: CsvRow): AirportsTable | undefined {
  const [latitude, longitude] = [Number(row.latitude), Number(row.longitude)];
  const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
  if (!/^[A-Z0-9]{3,4}$/.test(row.iata) || !row.name || !isOnEarth) return undefined;
  return { ...row, latitude, longitude };
}
