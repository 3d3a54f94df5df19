import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { freePort } from '../../src/testing/redis/free-port.js';
import { fledge, fledgeOn } from '../support/fledge-command.js';
import { privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { ownFolder } from '../support/topologies.js';

describe('the store of a command', () => {
  it.each<[string, readonly string[], NodeJS.ProcessEnv, string]>([
    ['the argument', ['ps', 'http://h'], {}, 'The URL on the command line cannot be used: its scheme'],
    ['JOBS_URL', ['ps'], { JOBS_URL: 'http://h' }, 'JOBS_URL cannot be used: its scheme'],
    ['PostgreSQL', ['ps', 'postgres://h/x'], {}, 'The URL on the command line names PostgreSQL'],
    [
      'doctor',
      ['doctor'],
      { JOBS_URL: 'redis://h/x' },
      'JOBS_URL cannot be used: its database is not a number',
    ],
  ])('a wrong URL is blamed on its own place: %s', async (_, args, env, message) => {
    const { code, err } = await fledgeOn({ env }, args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
    expect(err).not.toContain('JobsModule');
  });

  it.each(['ps', 'queues', 'jobs', 'dead', 'cron', 'doctor'])(
    'an unreachable store is blamed on its own place, and %s does not promise to reconnect',
    async (command) => {
      const url = `redis://127.0.0.1:${await freePort()}`;
      const typed = await fledgeOn({}, [command, url]);
      const set = await fledgeOn({ env: { JOBS_URL: url } }, [command]);
      for (const [{ code, out, err }, from] of [
        [typed, 'the URL on the command line'],
        [set, 'JOBS_URL'],
      ] as const) {
        expect(code).toBe(1);
        expect(out + err).toContain(`the host, port and scheme (rediss:// for TLS) of ${from} are right`);
        expect(out + err).not.toMatch(/Fledge (reconnects|tries|continues)/);
      }
    },
  );

  it('a refused password is blamed on the place of the URL', async () => {
    const redis = await ownRedis(['--requirepass', 'other']);
    const { code, err } = await fledgeOn({}, ['ps', redis.url.replace('//', '//:s3cret@')]);
    expect(code).toBe(1);
    expect(err).toContain('Check JOBS_PASSWORD, or user and password in the URL on the command line');
  });
});

describe('.env', () => {
  async function folder(text: string): Promise<string> {
    const path = await ownFolder();
    await writeFile(join(path, '.env'), text);
    return path;
  }

  it('of the working directory has JOBS_URL, and the environment overrides it', async () => {
    const url = privateUrl(inject('redisUrl'));
    const cwd = await folder(`JOBS_URL="${url}" # the store\nJOBS_PASSWORD=\n`);
    expect(await fledge(['queues'], {}, cwd)).toEqual({ code: 0, output: 'The store has no queues.' });
    const { code, output } = await fledge(['queues'], { JOBS_URL: 'http://h' }, cwd);
    expect({ code, output }).toEqual({
      code: 2,
      output: expect.stringContaining('JOBS_URL cannot be used') as string,
    });
  });

  it('is named where JOBS_URL from it is wrong, and where it has none', async () => {
    const wrong = await fledge(['ps'], {}, await folder('JOBS_URL=http://h\n'));
    expect(wrong.output).toContain('JOBS_URL in .env cannot be used: its scheme');
    const without = await fledge(['ps'], {}, await folder('NODE_ENV=production\n'));
    expect(without).toEqual({
      code: 2,
      output: expect.stringContaining(
        'No store is configured: JOBS_URL is not set, .env does not set it, and config/jobs.yml does not exist. Write fledge ps redis://host:6379, set JOBS_URL, or add a redis section to config/jobs.yml.',
      ) as string,
    });
    const missing = await fledge(['ps'], {}, await ownFolder());
    expect(missing.output).toContain(
      'JOBS_URL is not set, .env does not exist, and config/jobs.yml does not exist',
    );
  });

  it('selects the section of config/jobs.yml with its NODE_ENV', async () => {
    const cwd = await folder('NODE_ENV=staging\n');
    const config = join(cwd, 'jobs.yml');
    await writeFile(config, 'staging: { redis: { url: http://h } }\n');
    const { output } = await fledge(['ps'], { JOBS_CONFIG: config }, cwd);
    expect(output).toContain(`${config} (staging) cannot be used: its scheme`);
  });

  it('can be another file, or several', async () => {
    const [one, two] = [
      await folder('JOBS_PREFIX=one\n'),
      await folder('JOBS_URL=redis://h/x\nJOBS_PREFIX=two\n'),
    ];
    const files = [one, two].flatMap((path) => ['--env-file', join(path, '.env')]);
    const { code, err } = await fledgeOn({}, ['ps', ...files]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining(`JOBS_URL in ${join(two, '.env')} cannot be used`) as string,
    });
  });

  it('has the health port too', async () => {
    const { output } = await fledge(['healthcheck'], {}, await folder('JOBS_HEALTH_PORT=1\n'));
    expect(output).toContain('http://127.0.0.1:1/livez does not answer');
  });
});
