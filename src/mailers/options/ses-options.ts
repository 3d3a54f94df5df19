import type { TransporterPlugin } from './nodemailer-options.js';
import type { RateOptions } from './rate-options.js';

/** Sends with Amazon SES, with nodemailer's SES transport and the package `@aws-sdk/client-sesv2`. */
export interface SesOptions {
  /** How to reach Amazon SES. */
  readonly ses: {
    /** The AWS region. @default AWS_REGION, or the region that the AWS SDK finds */
    readonly region?: string;
    /** Your own `SESv2Client`, for example with a role or an endpoint. @default a client with the AWS SDK's default credentials and timeouts of 10 s to connect and 60 s without data */
    readonly client?: object;
  };
  /** The rate limit of each process. SES has its own limits. @default no limit */
  readonly rate?: RateOptions;
  /** Nodemailer plugins. @default [] */
  readonly plugins?: readonly TransporterPlugin[];
}
