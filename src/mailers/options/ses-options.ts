import type { TransporterPlugin } from './nodemailer-options.js';
import type { RateOptions } from './rate-options.js';

/** Amazon SES, through nodemailer's own transport and the package `@aws-sdk/client-sesv2`. */
export interface SesOptions {
  readonly ses: {
    /** @default AWS_REGION, or as the AWS SDK finds it */
    readonly region?: string;
    /** An `SESv2Client` of your own: with a role, an endpoint, … @default one with the AWS SDK's usual credentials, 10 s to connect and 60 s of silence */
    readonly client?: object;
  };
  /** How fast mails go out, of each process: SES has limits of its own. @default as fast as they come */
  readonly rate?: RateOptions;
  /** Plugins of nodemailer. @default [] */
  readonly plugins?: readonly TransporterPlugin[];
}
