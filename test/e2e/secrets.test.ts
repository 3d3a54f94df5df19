import { sample } from 'fast-check';
import { expect, it } from 'vitest';
import type { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { echoes, echoingServer } from '../support/echoing-server.js';
import { fledge } from '../support/fledge-command.js';
import { ownRedis } from '../support/redis-server.js';
import { secrets, seenOf } from '../support/secrets.js';
import { until } from '../support/until.js';
import { workerProcess } from '../support/worker-process.js';

const withoutLogin = ['--rename-command', 'HELLO', '', '--rename-command', 'AUTH', ''];

/** An environment variable cannot contain this character. */
const password = (): string =>
  sample(
    secrets().filter((secret) => !secret.includes('\0')),
    1,
  )[0]!;

async function ended(worker: AppProcess): Promise<string> {
  await worker.stop('SIGTERM');
  return worker.lines.join('\n');
}

/** All output about a store: of each command, and of a worker as text, as JSON and with `--check`. */
async function printed(port: number, secret: string): Promise<Record<string, string>> {
  const url = `redis://app:${encodeURIComponent(secret)}@127.0.0.1:${port}`;
  const healthPort = await freePort();
  const ready = (): Promise<string | undefined> =>
    fetch(`http://127.0.0.1:${healthPort}/readyz`).then(
      (response) => response.text(),
      () => undefined,
    );
  const text = workerProcess({ url, env: { JOBS_HEALTH_PORT: String(healthPort), JOBS_METRICS: 'emf' } });
  const json = workerProcess({
    url: `redis://127.0.0.1:${port}`,
    env: { JOBS_PASSWORD: secret, JOBS_LOG_FORMAT: 'json', JOBS_METRICS: 'emf' },
  });
  const check = workerProcess({ url, args: ['--check'] });
  const ps = fledge(['ps', url]);
  const doctor = fledge(['doctor', '--json'], { JOBS_URL: url });
  await Promise.all([text.waitFor(/lost redis/), json.waitFor(/lost redis/), check.ended]);
  const health = await until('/readyz answers with the store', async () => {
    const answer = await ready();
    return answer?.includes('"reachable":false') && answer;
  });
  return {
    text: await ended(text),
    json: await ended(json),
    check: check.lines.join('\n'),
    ps: (await ps).output,
    doctor: (await doctor).output,
    health,
  };
}

it('no process prints the password of its store', async () => {
  const servers = {
    'that shows what it got': await echoingServer(echoes.raw!),
    'that forbids everything, and shows it': await echoingServer(echoes.loud!),
    'a Redis without HELLO and AUTH': (await ownRedis(withoutLogin)).port,
  };
  // Started together, because --check waits for ten seconds.
  const runs = Object.entries(servers).map(async ([server, port]) => {
    const secret = password();
    const outputs = await printed(port, secret);
    for (const [what, output] of Object.entries(outputs)) {
      expect([server, what, seenOf(secret, output)]).toEqual([server, what, undefined]);
      expect([server, what, output]).toEqual([server, what, expect.stringMatching(/ERR|NOPERM/)]);
    }
  });
  await Promise.all(runs);
});
