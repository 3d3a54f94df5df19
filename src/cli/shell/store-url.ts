import { UsageError, type Output } from './command.js';

/**
 * Returns the URL of the store that a command works on: the typed one, or JOBS_URL.
 * @throws UsageError
 */
export function storeUrl(typed: string | undefined, command: string, { env }: Output): string {
  const url = typed || env.JOBS_URL;
  if (url) return url;
  throw new UsageError(
    `The URL of the store is missing. Write fledge ${command} redis://host:6379, or set JOBS_URL.`,
  );
}
