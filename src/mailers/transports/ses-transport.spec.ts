import { expect, it, vi } from 'vitest';
import type { OutgoingMail } from '../mail/outgoing-mail.js';
import { SesTransport } from './ses-transport.js';

const aws = vi.hoisted(() => ({
  settings: [] as object[],
  commands: [] as { Destination: object }[],
  failure: undefined as Error | undefined,
}));

// The package is not installed here. Nodemailer makes the command that it receives.
vi.mock('@aws-sdk/client-sesv2', () => ({
  SESv2Client: class {
    readonly config = {
      region: async () => 'eu-west-1',
      credentials: async () => ({ secretAccessKey: 'Kx5/Yu8+key', sessionToken: 'Zq7/Wv9+token' }),
    };
    constructor(settings: object) {
      aws.settings.push(settings);
    }
    async send({ input }: { input: (typeof aws.commands)[number] }): Promise<object> {
      aws.commands.push(input);
      if (aws.failure) throw aws.failure;
      return { MessageId: 'm1' };
    }
  },
  SendEmailCommand: class {
    constructor(readonly input: object) {}
  },
}));

const mail: OutgoingMail = {
  messageId: '<1@acme.test>',
  from: { name: '', address: 'hello@acme.test' },
  to: ['ada', 'bob'].map((name) => ({ name, address: `${name}@example.test` })),
  cc: [],
  bcc: [],
  replyTo: [],
  subject: 'Hello',
  text: 'Hello',
  html: undefined,
  headers: {},
  attachments: [],
  locale: undefined,
};

it('sends once to the given recipients, with timeouts', async () => {
  const transport = new SesTransport({ ses: { region: 'eu-west-1' } });
  const receipt = await transport.send(mail, { recipients: ['bob@example.test'] });
  expect(receipt).toMatchObject({ accepted: ['bob@example.test'], rejected: [] });
  expect(aws.commands.map(({ Destination }) => Destination)).toEqual([{ ToAddresses: ['bob@example.test'] }]);
  expect(aws.settings).toEqual([
    {
      region: 'eu-west-1',
      maxAttempts: 1,
      requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
    },
  ]);
});

it('redacts the key and the token that AWS repeats after a wrong signature', async () => {
  aws.failure = Object.assign(
    new Error('should have been x-amz-security-token:Zq7/Wv9+token, Kx5%2FYu8%2Bkey'),
    {
      name: 'SignatureDoesNotMatch',
    },
  );
  const sending = new SesTransport({ ses: { region: 'eu-west-1' } }).send(mail);
  await expect(sending).rejects.toThrow(
    'SignatureDoesNotMatch: should have been x-amz-security-token:***, ***',
  );
  aws.failure = undefined;
});
