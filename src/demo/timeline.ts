import type { AppProcess, LogLine } from './app-process.js';

const startedAt = Date.now();

/** What an onlooker wants to see of the logs: jobs and mails, not Nest's routes. */
function isWorthTelling({ context, level }: LogLine): boolean {
  return /^(Jobs|Mailers|DeliverMail |ImportCsvJob )/.test(context) || level === 'ERROR' || level === 'FATAL';
}

/** One line of what happened: seconds since the start, who, what. Ids are cut to their random end. */
export function tell(who: string, what: string): void {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(2).padStart(6);
  const short = what.replace(
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{6}([0-9a-f]{6})/g,
    '#$1',
  );
  console.log(`${seconds}s  ${who.padEnd(13)}  ${short}`);
}

/** Tells what a process logs from now on. */
export function follow(app: AppProcess): void {
  app.on('line', (line) => {
    if (!isWorthTelling(line)) return;
    const job = /^\S+ (\S+)$/.exec(line.context);
    tell(`${app.role} ${app.pid}`, job ? `${line.message} (${job[1]})` : line.message);
  });
}
