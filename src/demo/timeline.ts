import type { AppProcess, LogLine } from './app-process.js';

const startedAt = Date.now();

/** Selects the lines about jobs and mails, and errors. Nest's routes are left out. */
function isShown({ context, level }: LogLine): boolean {
  return /^(Jobs|Mailers|DeliverMail |ImportCsvJob )/.test(context) || level === 'ERROR' || level === 'FATAL';
}

/** Prints one line of the timeline: the seconds since the start, the actor and the event. Shortens ids to their random end. */
export function print(actor: string, event: string): void {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(2).padStart(6);
  const short = event.replace(
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{6}([0-9a-f]{6})/g,
    '#$1',
  );
  console.log(`${seconds}s  ${actor.padEnd(13)}  ${short}`);
}

/** Prints the log of a process from now on. */
export function follow(app: AppProcess): void {
  app.on('line', (line) => {
    if (!isShown(line)) return;
    const job = /^\S+ (\S+)$/.exec(line.context);
    print(`${app.role} ${app.pid}`, job ? `${line.message} (${job[1]})` : line.message);
  });
}
