import { setTimeout as sleep } from 'node:timers/promises';
import { FledgeError } from '../../jobs/index.js';
import { invalidOption, type Redaction, redactionOfSecrets } from '../../jobs/internals.js';
import { loadNodemailer } from './nodemailer.js';
import { NodemailerTransport } from './nodemailer-transport.js';
import type { SesOptions } from '../options/ses-options.js';

const packageName = '@aws-sdk/client-sesv2';

/** Milliseconds. The SDK by itself waits forever, and nodemailer does not stop it when the job is to end. */
const timeouts = { connectionTimeout: 10_000, socketTimeout: 60_000 };

/** As far as we need it: the package is optional, and so are its types. */
interface SesPackage {
  readonly SESv2Client: new (settings: {
    region?: string;
    maxAttempts: number;
    requestHandler: typeof timeouts;
  }) => object;
  readonly SendEmailCommand: new (input: object) => object;
}

/** A client, as far as we look. */
interface SesClient {
  readonly config?: { readonly credentials?: () => Promise<SesCredentials> };
}

interface SesCredentials {
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}

/** Sends with Amazon SES. */
export class SesTransport extends NodemailerTransport {
  private readonly used: { client?: SesClient };

  /** @throws FledgeError `FLEDGE_OPTION_INVALID` */
  constructor({ ses: { region, client }, rate, plugins }: SesOptions) {
    if (region !== undefined && !/^[\w-]{1,64}$/.test(region)) {
      throw invalidOption(
        'The region of the ses: transport is not the name of a region. Write ses:eu-west-1; the AWS SDK finds the credentials, in the environment or the role.',
      );
    }
    const used: { client?: SesClient } = {};
    super(
      async () => {
        const { createTransport } = await loadNodemailer();
        const { SESv2Client, SendEmailCommand } = await loadSes();
        // The job tries again; what the SDK repeated after a lost answer would be a second mail.
        const usual = { maxAttempts: 1, requestHandler: timeouts };
        const sesClient =
          client ?? new SESv2Client({ ...usual, ...(region === undefined ? {} : { region }) });
        used.client = sesClient;
        return createTransport({ SES: { sesClient, SendEmailCommand } } as Parameters<
          typeof createTransport
        >[0]);
      },
      { description: region === undefined ? 'ses:' : `ses:${region}`, rate, plugins },
    );
    this.used = used;
  }

  /** AWS answers a wrong signature with what it has signed itself, token included. */
  protected override async redactionOfErrors(): Promise<Redaction> {
    const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    const { secretAccessKey, sessionToken } = await credentialsOf(this.used.client);
    return redactionOfSecrets([AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, secretAccessKey, sessionToken]);
  }
}

/** Those that the client has signed with. It may have to ask a server for them, which must not hold up an error. */
async function credentialsOf(client: SesClient | undefined): Promise<SesCredentials> {
  const none: SesCredentials = {};
  try {
    return (
      (await Promise.race([client?.config?.credentials?.(), sleep(1_000, none, { ref: false })])) ?? none
    );
  } catch {
    return none;
  }
}

/** @throws FledgeError `FLEDGE_PEER_MISSING` */
async function loadSes(): Promise<SesPackage> {
  try {
    return (await import(packageName)) as SesPackage;
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_PEER_MISSING',
      `Amazon SES needs the package ${packageName}. Run: npm install ${packageName}`,
      { cause },
    );
  }
}
