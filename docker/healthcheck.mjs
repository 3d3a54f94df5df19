// The HEALTHCHECK of both roles, without curl. The command line of process 1 shows the role of the container. With an init
// (docker run --init) the command is among its arguments too.
import { readFileSync } from 'node:fs';

const isWorker = readFileSync('/proc/1/cmdline', 'utf8').includes('main-worker');
if (isWorker) {
  // Does what `fledge healthcheck` does, and requests /livez at JOBS_HEALTH_PORT.
  process.argv.push('healthcheck');
  await import('../dist/cli/main.js');
} else {
  const url = `http://127.0.0.1:${process.env.PORT ?? 3000}/`;
  try {
    // Any answer means that the process is alive. 503 means that the job store is down, which a restart would not fix.
    const { status } = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    console.log(`${url} answers ${status}`);
  } catch (error) {
    console.log(`${url} does not answer: ${error.cause?.message ?? error.message}`);
    process.exitCode = 1;
  }
}
