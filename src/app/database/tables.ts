import type { Generated } from 'kysely';

export interface AccountsTable {
  id: string;
  name: string;
  email: string;
  created_at: string;
}

export interface ImportsTable {
  id: string;
  file_name: string;
  csv: string;
  status: Generated<'waiting' | 'running' | 'done'>;
  /** The number of processed rows. An interrupted import continues after them. */
  handled: Generated<number>;
  loaded: Generated<number>;
  total: number;
  created_at: string;
  finished_at: string | null;
}

export interface AirportsTable {
  iata: string;
  name: string;
  city: string;
  state: string;
  country: string;
  latitude: number;
  longitude: number;
}

export interface Tables {
  accounts: AccountsTable;
  imports: ImportsTable;
  airports: AirportsTable;
}
