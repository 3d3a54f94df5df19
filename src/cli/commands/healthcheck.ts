import { asError } from '../../jobs/values/errors.js';
import { parseHealthAddress, showHealthAddress } from '../../jobs/values/health-address.js';
import { refuseRest } from '../shell/arguments.js';
import { defineCommand, exit, UsageError } from '../shell/command.js';

/** The health port of the worker in the image. */
const usualPort = 7433;
/** How long to wait for an answer, in milliseconds. A blocked event loop does not answer within it. */
const timeout = 3_000;

export const healthcheck = defineCommand({
  name: 'healthcheck',
  summary: 'checks whether the worker on this machine is alive',
  usages: [''],
  about: ['Checks whether the worker on this machine is alive. Use it for the HEALTHCHECK of a container.'],
  flags: {
    ready: {
      type: 'boolean',
      help: "checks whether the worker takes jobs and reaches its store. Don't restart a worker when this check fails",
    },
    startup: { type: 'boolean', help: 'checks whether the worker has booted' },
    port: {
      type: 'string',
      value: 'port',
      help: 'a port, or host:port. Default: JOBS_HEALTH_PORT, or 7433 if it is not set',
    },
  },
  exits: '0 the check passed, 1 it failed, or no answer within 3 s',
  async run({ values, words, output }) {
    refuseRest(words, 'fledge healthcheck [--ready | --startup] [--port 7433]');
    if (values.ready && values.startup)
      throw new UsageError('--ready and --startup exclude each other. Pass one of them.');
    const path = values.ready ? '/readyz' : values.startup ? '/startupz' : '/livez';
    const url = `http://${addressOf(values.port, output.env.JOBS_HEALTH_PORT)}${path}`;
    const { ok, text } = await request(url);
    output.show({ ok, url, text }, () => text);
    return ok ? exit.ok : exit.failure;
  },
});

function addressOf(flag: string | undefined, variable: string | undefined): string {
  const address = parseHealthAddress(flag || variable || usualPort);
  const setting = flag ? '--port' : 'JOBS_HEALTH_PORT';
  if (address === undefined)
    throw new UsageError(`${setting} is not a port or host:port. Use 7433 or 0.0.0.0:7433.`);
  if (address === 'off')
    throw new UsageError(`The worker has no health port, because ${setting} is off. Set it to 7433.`);
  // A server that listens on all addresses also listens on this one.
  const everywhere = address.host === '0.0.0.0' || address.host === '::';
  return showHealthAddress(everywhere ? { ...address, host: '127.0.0.1' } : address);
}

async function request(url: string): Promise<{ ok: boolean; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    return { ok: response.ok, text: (await response.text()).trim() };
  } catch (thrown) {
    const { cause, message } = asError(thrown);
    return { ok: false, text: `${url} does not answer: ${cause instanceof Error ? cause.message : message}` };
  }
}
