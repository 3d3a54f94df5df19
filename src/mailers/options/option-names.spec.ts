import { expect, it } from 'vitest';
import { redirectAll } from '../middleware/redirect-all.js';
import { enabledPreviews } from '../preview/access/preview-options.js';
import { NodemailerTransport } from '../transports/nodemailer-transport.js';
import { openTransport } from '../transports/open-transport.js';
import { checkMailerDefaults, checkMailersOptions } from './check-options.js';

const transport = { sendMail: () => Promise.resolve() };

it.each<[string, () => unknown, RegExp]>([
  ['the module', () => checkMailersOptions({ form: 'a@b.test' } as object), /"form".*"from"/],
  [
    'policy',
    () => checkMailersOptions({ policy: { attemts: 3 } } as object),
    /policy. Did you mean "attempts"/,
  ],
  ['templates', () => checkMailersOptions({ templates: { dir: 'x' } } as object), /"dir" of .*templates/],
  ['attachments', () => checkMailersOptions({ attachments: { root: [] } } as object), /"root".*"roots"/],
  [
    'the factory, with preview',
    () => checkMailersOptions({ preview: false } as object),
    /Put preview next to useFactory/,
  ],
  ['@Mailer()', () => checkMailerDefaults('A', { subject: {} } as object), /@Mailer\(\) of A.*"subjects"/],
  ['preview', () => enabledPreviews({ guard: [] } as object), /"guard" of .*preview.*"guards"/],
  ['SMTP', () => openTransport({ host: 'h', requireTls: true } as object), /"requireTls".*"requireTLS"/],
  ['its timeouts', () => openTransport({ host: 'h', timeouts: { anwser: 1 } } as never), /"answer"/],
  [
    'its rate',
    () => openTransport({ host: 'h', rate: { messages: 1, per: '1s', max: 1 } } as never),
    /"max" of/,
  ],
  ['SES', () => openTransport({ ses: {}, region: 'eu-west-1' } as never), /"region" of the SES transport/],
  ['its client', () => openTransport({ ses: { regoin: 'eu-west-1' } } as never), /"regoin".*"region"/],
  ['nodemailer', () => new NodemailerTransport(transport, { secret: [] } as object), /"secret".*"secrets"/],
  ['redirectAll', () => redirectAll('a@b.test', { kept: [] } as object), /"kept" of redirectAll.*"keep"/],
])('refuses an unknown option of %s', (_, make, message) => {
  expect(make).toThrow(message);
  expect(make).toThrow(/FLEDGE_OPTION_INVALID/);
});
