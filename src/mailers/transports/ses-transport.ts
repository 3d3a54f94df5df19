import { setTimeout as sleep } from 'node:timers/promises';
import { invalidOption, loadPeer, type Redaction, redactionOfSecrets } from '../../jobs/internals.js';
import { loadNodemailer } from './nodemailer.js';
import { NodemailerTransport } from './nodemailer-transport.js';
import { checkSesNames } from '../options/option-names.js';
import type { SesOptions } from '../options/ses-options.js';

const packageName = '@aws-sdk/client-sesv2';

/** In milliseconds. By default the SDK waits forever, and nodemailer does not stop it when the job must end. */
const timeouts = { connectionTimeout: 10_000, socketTimeout: 60_000 };

/** The members of the package that are used here. The package is optional, so its types are not used. */
interface SesPackage {
  readonly SESv2Client: new (settings: {
    region?: string;
    maxAttempts: number;
    requestHandler: typeof timeouts;
  }) => object;
  readonly SendEmailCommand: new (input: object) => object;
}

/** The members of a client that are used here. */
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
  constructor(options: SesOptions) {
    checkSesNames(options);
    const {
      ses: { region, client },
      rate,
      plugins,
    } = options;
    if (region !== undefined && !/^[\w-]{1,64}$/.test(region)) {
      throw invalidOption(
        'The region of the ses: transport is not the name of a region. Use a name such as ses:eu-west-1. The AWS SDK finds the credentials in the environment or the role.',
      );
    }
    const used: { client?: SesClient } = {};
    super(
      async () => {
        const { createTransport } = await loadNodemailer();
        const { SESv2Client, SendEmailCommand } = await loadSes();
        // The job retries the mail. If the SDK repeated a request after a lost response, the mail would be sent twice.
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

  /** After a wrong signature, the error of AWS contains the signed text, with the token. */
  protected override async redactionOfErrors(): Promise<Redaction> {
    const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    const { secretAccessKey, sessionToken } = await credentialsOf(this.used.client);
    return redactionOfSecrets([AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, secretAccessKey, sessionToken]);
  }
}

/** Returns the credentials that the client signed with. The client may load them from a server. An error waits no longer than a second for that. */
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
  return loadPeer<SesPackage>(packageName, 'Amazon SES', () => import(packageName));
}
