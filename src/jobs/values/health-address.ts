import { isHost } from './server-url.js';

/** Where a worker's health server listens. */
export interface HealthAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `7433`, `0.0.0.0:7433`, `[::]:7433` and `off`. A port alone is a port on loopback.
 * @returns undefined for anything else
 */
export function parseHealthAddress(value: unknown): HealthAddress | 'off' | undefined {
  // YAML 1.2 reads a bare `off` as text, and YAML 1.1 reads it as false.
  if (value === false || value === 'false') return 'off';
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  if (text === 'off') return text;
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:\s]+)):)?(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '127.0.0.1';
  // A part of a URL is not accepted as a host. Hosts are shown, and the part may belong to a password.
  if (digits === undefined || port < 1 || port > 65_535 || !isHost(host)) return undefined;
  return { host, port };
}

/** Writes the address as it appears in a URL. */
export function showHealthAddress({ host, port }: HealthAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
