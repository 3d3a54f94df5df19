import {
  anything,
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  ipV6,
  oneof,
  property,
  record,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { describeAddress, parseRedisUrl } from '../../src/jobs/engines/bull/connection/redis-url.js';
import { FledgeError } from '../../src/jobs/values/errors.js';
import { readRedisFile } from '../../src/jobs/config/redis-file.js';
import { resolveOptions } from '../../src/jobs/config/resolved-options.js';
import { parseFlags } from '../../src/jobs/worker/settings/flags.js';
import { settingKeys, settingNames } from '../../src/jobs/worker/settings/raw-settings.js';
import { readSources, resolveSettings } from '../../src/jobs/worker/settings/settings.js';
import { openTransport } from '../../src/mailers/transports/open-transport.js';
import type { TransportOption } from '../../src/mailers/options/transport-option.js';
import { fledgeHere } from '../support/fledge-command.js';
import { fuzz } from '../support/fuzz.js';
import { secrets, seenOf } from '../support/secrets.js';

const nameOrAddress = oneof(
  constantFrom('localhost', 'redis-1', 'a.test', '127.0.0.1', 'my_service'),
  ipV6().map((address) => `[${address}]`),
);
const anyPort = integer({ min: 1, max: 65_535 });
const user = oneof(constantFrom('', 'app', 'a b@c'), string({ maxLength: 8 }));

/** A URL whose author did not escape it. */
const careless = (schemes: readonly string[]): Arbitrary<{ secret: string; url: string }> =>
  record({
    secret: secrets(),
    scheme: constantFrom(...schemes),
    slashes: constantFrom('://', '://', ':', ':/', ''),
    user: oneof(user, constantFrom('12', '1/2?prefix=a', 'u:1')),
    end: constantFrom('@h', '@h:1', '@h:1/2', '@h:1/2?prefix=x', '@[::1]', '@', ':1@h?a=b', '@h,i', '@h#x'),
  }).map(({ secret, scheme, slashes, user: who, end }) => ({
    secret,
    url: `${scheme}${slashes}${who}:${secret}${end}`,
  }));

/** Whether it is the path of a directory and not a host with a user. A path is shown, because it is not a password. */
const isPath = (url: string): boolean => url.startsWith('file:') && !/^file:\/\/[^/]/.test(url);

/** Runs a call and checks its result for the secret. An error must have a code. */
function outcomeOf(secret: string, call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FledgeError);
    expect(seenOf(secret, thrown)).toBeUndefined();
    return undefined;
  }
}

describe('JOBS_URL', () => {
  it('a user and password that are escaped are used as they are, and not shown', () => {
    assert(
      property(nameOrAddress, anyPort, user, secrets(), (host, port, who, secret) => {
        const url = `redis://${encodeURIComponent(who)}:${encodeURIComponent(secret)}@${host}:${port}/3?prefix=x`;
        const address = parseRedisUrl(url, undefined);
        expect(address).toMatchObject({ username: who || undefined, password: secret, port, db: 3 });
        expect(seenOf(secret, describeAddress(address))).toBeUndefined();
      }),
      fuzz(500),
    );
  });

  it('any spelling of a URL is accepted or refused with a code, and its password is never shown', () => {
    assert(
      property(careless(['redis', 'rediss', 'REDIS', 'http', 'postgres', 'rdis', '']), ({ secret, url }) => {
        const address = outcomeOf(secret, () => parseRedisUrl(url, undefined));
        if (address) expect(seenOf(secret, describeAddress(address as never))).toBeUndefined();
      }),
      fuzz(2_000),
    );
  });

  it('any text is accepted or refused with a code', () => {
    assert(
      property(oneof(string(), string({ unit: 'binary' }), anything()), (url) => {
        outcomeOf('never', () => parseRedisUrl(url as string, undefined));
      }),
      fuzz(500),
    );
  });

  it('any text as a node of a cluster or sentinel is accepted or refused with a code', () => {
    assert(
      property(careless(['redis', '']), ({ secret, url }) => {
        const nodes = [{ host: url, port: 1 }];
        outcomeOf(secret, () =>
          parseRedisUrl('redis://h', undefined, { kind: 'cluster', cluster: { nodes } }),
        );
        outcomeOf(secret, () =>
          parseRedisUrl('redis://h', undefined, { kind: 'sentinel', sentinel: { name: 'm', nodes } }),
        );
      }),
      fuzz(200),
    );
  });
});

describe('the transport of mailers', () => {
  const described = (secret: string, option: unknown): void => {
    const transport = outcomeOf(secret, () => openTransport(option as TransportOption));
    if (transport) expect(seenOf(secret, (transport as { description: string }).description)).toBeUndefined();
  };

  it('a user and password that are escaped are used as they are, and not shown', () => {
    assert(
      property(nameOrAddress, anyPort, secrets(), (host, port, secret) => {
        const transport = openTransport(`smtp://a%40b:${encodeURIComponent(secret)}@${host}:${port}`);
        expect(transport.description).toMatch(/^smtps?:\/\/.+:\d+$/);
        expect(seenOf(secret, transport.description)).toBeUndefined();
      }),
      fuzz(300),
    );
  });

  it('any spelling of a URL is accepted or refused with a code, and its password is never shown', () => {
    const schemes = ['smtp', 'smtps', 'SMTP', 'smpt', 'http', 'ses', 'file', 'memory', ''];
    assert(
      property(careless(schemes), ({ secret, url }) => {
        if (!isPath(url)) described(secret, url);
        described(secret, { url });
        described(secret, { host: url });
        described(secret, { ses: { region: url } });
        described(secret, { host: 'a.test', auth: { user: url, pass: secret } });
      }),
      fuzz(1_000),
    );
  });

  it('any string and any value is accepted or refused with a code', () => {
    const schemes = constantFrom('', 'file:', 'ses:', 'smtp:', 'smtp://', 'smtps://h?', 'memory:', 'file://');
    const text = tuple(schemes, oneof(string(), string({ unit: 'binary' }), constantFrom('%', '%ff', '\0')));
    assert(
      property(
        oneof(
          text.map((parts) => parts.join('')),
          anything(),
        ),
        (option) => described('never', option),
      ),
      fuzz(1_000),
    );
  });
});

describe('the settings of a worker', () => {
  const options = resolveOptions({ queues: { default: {}, mailers: {} } }, {});
  const flags = settingKeys.flatMap((key) => {
    const names: { readonly flag?: string; readonly env: string } = settingNames[key];
    return names.flag === undefined ? [] : [`--${names.flag}`];
  });
  const urls = careless(['redis', 'smtp', '']);

  const settle = (secret: string, args: readonly string[], env: Record<string, string> = {}): void => {
    const settings = outcomeOf(secret, () => resolveSettings(options, readSources(parseFlags(args), env)));
    if (settings) expect(seenOf(secret, settings)).toBeUndefined();
  };
  const empty = configFile('');

  it('a URL that was typed as a flag, a value or a file name is never shown', () => {
    assert(
      property(urls, constantFrom(...flags, '-q', '-c'), ({ secret, url }, flag) => {
        settle(secret, ['-C', empty(), url]);
        settle(secret, ['-C', empty(), `--${url}`]);
        settle(secret, ['-C', empty(), `--redis=${url}`]);
        settle(secret, ['-C', empty(), flag, url]);
        settle(secret, ['-C', empty(), `${flag}=${url}`, flag, 'default']);
        settle(secret, ['-C', url]);
      }),
      fuzz(300),
    );
  });

  it('a URL in an environment variable is never shown', () => {
    assert(
      property(urls, constantFrom(...settingKeys), ({ secret, url }, key) => {
        settle(secret, ['-C', empty()], { [settingNames[key].env]: url });
        settle(secret, [], { JOBS_CONFIG: url });
      }),
      fuzz(300),
    );
  });

  it('a URL in the file, which may be any YAML, is never shown', () => {
    const file = configFile('');
    const keys = constantFrom('queues', 'concurrency', 'health_port', 'production', 'app', 'metrics', 'x');
    const content = urls.chain(({ secret, url }) =>
      oneof(
        keys.map((key) => `${key}: ${url}`),
        constantFrom(
          url,
          `[${url}`,
          `{${url}}`,
          `- ${url}`,
          `*${url}`,
          `!${url} x`,
          `%${url}`,
          `a: "\\${url}"`,
        ),
        keys.map((key) => `${key}: [${url}, default]`),
        keys.map((key) => `${url}: ${key}`),
        dictionary(
          oneof(keys, constantFrom(url)),
          oneof(constantFrom<unknown>(url), array(constantFrom(url)), anything()),
        ).map((value) => safely(() => stringify(value)) ?? url),
      ).map((text) => ({ secret, text })),
    );
    assert(
      property(content, ({ secret, text }) => {
        const path = file(text);
        settle(secret, ['-C', path]);
        settle(secret, ['-C', path], { NODE_ENV: 'production' });
      }),
      fuzz(500),
    );
  });

  it('a URL in the redis section is never shown, whatever key it has', () => {
    const file = configFile('');
    const keys = constantFrom('url', 'password', 'prefix', 'username', 'tls', 'family', 'database', 'x');
    const inner = constantFrom('name', 'nodes', 'password', 'tls', 'x');
    const section = urls.chain(({ secret, url }) =>
      oneof(
        dictionary(keys, constantFrom<unknown>(url, `\${${url}}`, [url], { [url]: url })),
        inner.map((key) => ({ sentinel: { name: 'm', nodes: 'h', [key]: url } })),
        constantFrom<unknown>(url, [url], { host: url }, { host: url, port: url }).map((node) => ({
          cluster: { nodes: [node] },
        })),
        constantFrom<unknown>(
          { [url]: url },
          { url: 'redis://h', [url]: 1 },
          { tls: { [url]: url, ca: url } },
        ),
      ).map((value) => ({ secret, value, url })),
    );
    assert(
      property(section, ({ secret, value, url }) => {
        const text = safely(() => stringify({ redis: value, [url]: { redis: value } }));
        if (text === undefined) return;
        const path = file(text);
        settle(secret, ['-C', path]);
        outcomeOf(secret, () => readRedisFile({ JOBS_CONFIG: path })?.found?.from);
        outcomeOf(secret, () => readRedisFile({ JOBS_CONFIG: path, NODE_ENV: url })?.elsewhere);
      }),
      fuzz(300),
    );
  });
});

describe('the fledge command', () => {
  it('a URL that was typed in the wrong place is never shown', async () => {
    const samples = careless(['redis', 'rediss', '']);
    const outputs: Promise<[string, string]>[] = [];
    assert(
      property(
        samples,
        constantFrom('ps', 'dead', 'job', 'cron', 'cancel', 'stop', 'healthcheck'),
        ({ secret, url }, name) => {
          for (const args of [
            [url],
            [name, url, url, url],
            [name, `--${url}`],
            [name, '--port', url],
            [name, `--queue=${url}`, 'x:'],
          ])
            outputs.push(fledgeHere(args).then(({ output }) => [secret, output]));
        },
      ),
      fuzz(100),
    );
    for (const [secret, output] of await Promise.all(outputs)) expect(seenOf(secret, output)).toBeUndefined();
  });
});

function safely(call: () => string): string | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** One settings file for a test, which overwrites it for each case. */
function configFile(initial: string): (text?: string) => string {
  let path: string | undefined;
  return (text = initial) => {
    if (path === undefined) {
      const directory = mkdtempSync(join(tmpdir(), 'fledge-urls-'));
      onTestFinished(() => {
        rmSync(directory, { recursive: true, force: true });
        path = undefined;
      });
      path = join(directory, 'jobs.yml');
    }
    writeFileSync(path, text);
    return path;
  };
}
