// The HEALTHCHECK of both roles, without curl. Which role this container has, its first process tells: an init
// (docker run --init) has the command among its arguments too.
import { readFileSync } from 'node:fs';

const isWorker = readFileSync('/proc/1/cmdline', 'utf8').includes('main-worker');
if (isWorker) {
  // As `fledge healthcheck`: /livez at JOBS_HEALTH_PORT.
  process.argv.push('healthcheck');
  await import('../dist/cli/main.js');
} else {
  const url = `http://127.0.0.1:${process.env.PORT ?? 3000}/`;
  try {
    // Whatever it answers, it lives. 503 is how the application says that the job store is away: no restart cures that.
    const { status } = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    console.log(`${url} answers ${status}`);
  } catch (error) {
    console.log(`${url} does not answer: ${error.cause?.message ?? error.message}`);
    process.exitCode = 1;
  }
}
