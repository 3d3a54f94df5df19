import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** The store of the jobs: a JobsRedis, or an existing store. */
export interface JobsStore {
  /** `JOBS_URL`, without a password. */
  readonly url: string;
  /** `JOBS_PASSWORD`: a secret that contains only the password. */
  readonly password?: ISecret;
  /** Allows a service to connect to the store. */
  allowFrom(peer: IConnectable): void;
}
