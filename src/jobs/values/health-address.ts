import { isHost } from './server-url.js';

/** Where a worker's health server listens. */
export interface HealthAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `7433`, `0.0.0.0:7433`, `[::]:7433` and `off`; a port alone is on loopback.
 * @returns undefined for anything else
 */
export function parseHealthAddress(value: unknown): HealthAddress | 'off' | undefined {
  // YAML reads a bare `off` as itself, YAML 1.1 as false.
  if (value === false || value === 'false') return 'off';
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  if (text === 'off') return text;
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:\s]+)):)?(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '127.0.0.1';
  // A piece of a URL is not a host: it would be shown, and may be of its password.
  if (digits === undefined || port < 1 || port > 65_535 || !isHost(host)) return undefined;
  return { host, port };
}

/** As it stands in a URL. */
export function showHealthAddress({ host, port }: HealthAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
