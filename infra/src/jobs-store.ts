import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Where the jobs are kept: a JobsRedis, or a store that a team has already. */
export interface JobsStore {
  /** `JOBS_URL`, without a password. */
  readonly url: string;
  /** A secret that is the password and nothing else: `JOBS_PASSWORD`. */
  readonly password?: ISecret;
  /** Lets a service reach the store. */
  allowFrom(peer: IConnectable): void;
}
