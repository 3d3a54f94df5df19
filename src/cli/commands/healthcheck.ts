import { parseHealthAddress, showHealthAddress } from '../../jobs/values/health-address.js';
import { readArguments } from '../shell/arguments.js';
import { exit, UsageError, type Command } from '../shell/command.js';

/** Where the image's worker answers. */
const usualPort = 7433;
/** Milliseconds; an event loop that does not turn for so long is not well. */
const patience = 3_000;

const help = `Usage: fledge healthcheck [--ready | --startup] [--port 7433]

Asks the worker on this machine whether it is alive, for a container's HEALTHCHECK without curl.

  --ready    checks readiness instead: it takes jobs and reaches its store. Do not restart on it
  --startup  whether it has booted, instead
  --port     port or host:port; JOBS_HEALTH_PORT if it is left out, and 7433 if that is not set

Exit code: 0 it is, 1 it is not, or does not answer within 3 s, 2 wrong usage.`;

export const healthcheck: Command = {
  summary: 'asks the worker on this machine whether it is alive',
  help,
  async run(args, output) {
    const { values, positionals } = readArguments(args, {
      ready: { type: 'boolean' },
      startup: { type: 'boolean' },
      port: { type: 'string' },
    });
    if (positionals.length > 0 || (values.ready && values.startup))
      throw new UsageError('fledge healthcheck takes one of --ready and --startup, and --port.');
    const path = values.ready ? '/readyz' : values.startup ? '/startupz' : '/livez';
    const { ok, text } = await ask(`http://${whereabouts(values.port, output.env.JOBS_HEALTH_PORT)}${path}`);
    output.print(text);
    return ok ? exit.ok : exit.failure;
  },
};

function whereabouts(flag: string | undefined, variable: string | undefined): string {
  const address = parseHealthAddress(flag || variable || usualPort);
  const place = flag ? '--port' : 'JOBS_HEALTH_PORT';
  if (address === undefined)
    throw new UsageError(`${place} is no port, and no host:port. Write 7433, or 0.0.0.0:7433.`);
  if (address === 'off')
    throw new UsageError(`The worker has no health port to ask: ${place} is off. Set it to 7433.`);
  // Who listens on all addresses also listens on this one.
  const everywhere = address.host === '0.0.0.0' || address.host === '::';
  return showHealthAddress(everywhere ? { ...address, host: '127.0.0.1' } : address);
}

async function ask(url: string): Promise<{ ok: boolean; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(patience) });
    return { ok: response.ok, text: (await response.text()).trim() };
  } catch (thrown) {
    const { cause, message } = thrown as Error;
    return { ok: false, text: `${url} does not answer: ${cause instanceof Error ? cause.message : message}` };
  }
}
