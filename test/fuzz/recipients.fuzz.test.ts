import { array, assert, constantFrom, property, record, string, stringMatching, tuple } from 'fast-check';
import { Redis } from 'ioredis';
import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { redactionOfRecipients } from '../../src/jobs/values/redaction/redact-recipients.js';
import { fuzz } from '../support/fuzz.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { SmtpProcess, type SmtpScript } from '../support/smtp-process.js';

/** How a server's reply spells a recipient. */
type Spelling = (name: string, domain: string) => string;

const spellings: Readonly<Record<string, Spelling>> = {
  'in brackets': (name, domain) => `<${name}@${domain}>`,
  'in capitals': (name, domain) => `${name}@${domain}`.toUpperCase(),
  'without the domain': (name) => `no mailbox ${name} here`,
  'without the domain, quoted': (name) => `user "${name}", '${name}'.`,
  'quoted-printable': (name, domain) => `${name}=40${domain}`,
  'in a URL': (name, domain) => `https://help.test/?a=${encodeURIComponent(`<${name}@${domain}>`)}&b=1`,
  'in a URL, all of it': (name) =>
    `https://help.test/?a=${[...Buffer.from(name)].map((byte) => `%${byte.toString(16)}`).join('')}`,
  'in a form': (name, domain) => new URLSearchParams({ to: `${name}@${domain}` }).toString(),
  SRS: (name, domain) => `SRS0=hash=tt=${domain}=${name}@relay.test`,
  VERP: (name, domain) => `bounce+${name}=${domain}@list.test`,
  BATV: (name, domain) => `prvs=0123=${name}@${domain}`,
  'the percent hack': (name, domain) => `${name}%${domain}@relay.test`,
  'a bang path': (name, domain) => `relay!${domain}!${name}`,
  JSON: (name, domain) => JSON.stringify(JSON.stringify({ to: `${name}@${domain}` })),
  HTML: (name, domain) => `&lt;${name}&#64;${domain}&gt;`,
  base64: (name, domain) => Buffer.from(`<${name}@${domain}>`).toString('base64'),
  'another domain': (name) => `${name}@xn--bcher-kva.test`,
  'with a tag': (name, domain) => `${name}+tag@${domain}`,
};

/** The part before the "@". It contains one distinct word, which the test searches for. */
const name = record({
  before: constantFrom('', 'x.', "o'", 'a+', 'é', '=', '%', '{', '#$'),
  after: constantFrom('', '.y', '_z', '+news', '-1', "'s", '!', 'ß', '^~'),
}).map(({ before, after }) => `${before}zq7wv9${after}`);
const domain = constantFrom('person.test', 'bücher.test', 'zq.test', 'a-b.example.test');

describe('a redaction of recipients', () => {
  it('leaves no name of a recipient, in whatever spelling a server uses', () => {
    const others = array(stringMatching(/^[a-z]{1,8}$/), { maxLength: 3 });
    const words = string({ unit: 'grapheme-ascii', maxLength: 8 }).filter(
      (text) => !/[\p{L}\p{N}]/u.test(text),
    );
    assert(
      property(
        tuple(name, domain, others, words),
        constantFrom(...Object.values(spellings)),
        ([one, at, more, around], spelling) => {
          const redaction = redactionOfRecipients([
            ...more.map((other) => `${other}@x.test`),
            `${one}@${at}`,
          ]);
          const said = redaction.text(`550 5.1.1 ${around} ${spelling(one, at)} ${around} unknown`);
          expect(said.toLowerCase()).not.toContain('zq7wv9');
          expect(said).not.toContain(Buffer.from(`<${one}@${at}>`).toString('base64'));
        },
      ),
      fuzz(1_000),
    );
  });

  it('hides the whole address', () => {
    const anyName = stringMatching(/^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,12}$/);
    assert(
      property(anyName, domain, (one, at) => {
        expect(redactionOfRecipients([`${one}@${at}`]).text(`<${one}@${at}>`)).toBe(`<***@${at}>`);
      }),
      fuzz(500),
    );
  });
});

@Mailer()
class PersonalMailer {
  async letter({ to }: { to: string | string[] }): Promise<Mail> {
    return { to, subject: 'A letter', text: 'Hello' };
  }
}

describe('no log, event, error or stored job contains a recipient', () => {
  const [first, second] = ['zq7wv9.quux', "zq7wv9+o'brien"] as const;
  const to = [`${first}@person.test`, `${second}@person.test`];
  const words = Object.values(spellings)
    .flatMap((spelling) => [spelling(first, 'person.test'), spelling(second, 'person.test')])
    .join(' ');
  const stages: [string, SmtpScript][] = [
    ['takes it', { taken: `queued for ${words}` }],
    ['refuses all for good', { rcpt: { '*': `550 5.1.1 ${words}` } }],
    ['puts all off', { rcpt: { '*': `450 4.2.1 ${words}` } }],
    ['refuses one for good', { rcpt: { [to[0]!]: `550 5.1.1 ${words}` } }],
    ['puts one off', { rcpt: { [to[0]!]: `450 4.2.1 ${words}` } }],
    ['refuses the mail', { dot: `554 5.7.1 ${words}` }],
    ['refuses this machine', { greeting: `554 5.7.1 ${words}` }],
    ['refuses the sender', { mail: `550 5.7.1 ${words}` }],
  ];

  it.each(stages)('when the mail server %s', async (_, script) => {
    const server = await SmtpProcess.start({ script });
    const lines = await loggedLines();
    const url = privateUrl(inject('redisUrl'));
    const module = MailersModule.forRoot({
      from: 'hello@acme.test',
      transport: server.url,
      policy: { attempts: 1 },
    });
    const app = await jobsApp({ url, queues: { default: {}, mailers: {} } }, [PersonalMailer], [module]);
    const mailers = app.app.get(MailersService);
    await app.worker.start();
    const letter = mailers.for(PersonalMailer).letter({ to });
    const { id } = await letter.deliverLater();
    await app.event('finished', (event) => event.id === id);
    const thrown = await letter.deliverNow().catch((error: unknown) => error);
    await app.worker.stop();
    const errors = thrown instanceof Error ? [thrown] : [];
    const said = [...lines, ...app.events.map(withoutPayload), ...errors, ...(await storedOf(url))];
    for (const one of said)
      expect(inspect(one, { depth: 9, showHidden: true }).toLowerCase()).not.toContain('zq7wv9');
    expect(inspect(said)).toMatch(/\*\*\*/);
  });
});

/** The payload belongs to the application and contains the recipient, so it is removed. */
function withoutPayload(event: object): object {
  const { payload: _, call: __, ...others } = event as { payload?: unknown; call?: unknown };
  return others;
}

async function loggedLines(): Promise<string[]> {
  const lines: string[] = [];
  const take = (...words: unknown[]): void => void lines.push(inspect(words, { depth: 9 }));
  Logger.overrideLogger({ log: take, error: take, warn: take, debug: take, verbose: take, fatal: take });
  onTestFinished(() => Logger.overrideLogger(false));
  return lines;
}

/** Returns everything that the store keeps except payloads, which are not encrypted. */
async function storedOf(url: string): Promise<string[]> {
  const client = new Redis(url.split('?')[0]!);
  const prefix = new URL(url).searchParams.get('prefix')!;
  const stored: string[] = [];
  for (const key of await client.keys(`{${prefix}}*`)) {
    const type = await client.type(key);
    if (type === 'stream')
      stored.push(inspect(await client.xrange(key, '-', '+'), { depth: 9, maxArrayLength: null }));
    if (type !== 'hash') continue;
    const { data = '{}', ...fields } = await client.hgetall(key);
    const { payload: _, ...envelope } = JSON.parse(data) as { payload?: unknown };
    stored.push(inspect([fields, envelope], { depth: 9, maxStringLength: null }));
  }
  client.disconnect();
  return stored;
}
