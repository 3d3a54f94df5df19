import { UsageError, type Output } from './command.js';

/**
 * The store that a command is about: as it was typed, or JOBS_URL.
 * @throws UsageError
 */
export function storeUrl(typed: string | undefined, command: string, { env }: Output): string {
  const url = typed || env.JOBS_URL;
  if (url) return url;
  throw new UsageError(
    `There is no store to look at. Write fledge ${command} redis://host:6379, or set JOBS_URL.`,
  );
}
