import { Aws, Fn } from 'aws-cdk-lib';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** The rights in docs/redis.md. A test of the main suite runs a worker with them. */
const leastRights = '+@all -@admin -@dangerous +info +client|setname +client|list';

export interface JobsRedisUserProps {
  readonly engine: 'valkey' | 'redis';
  /** The user can reach only keys with this prefix. */
  readonly prefix: string;
  readonly password: ISecret;
}

/** The application's user of the store. It reaches only the application's keys and cannot administer the server. */
export class JobsRedisUser extends Construct {
  readonly name = 'app';
  readonly user: CfnUser;
  readonly group: CfnUserGroup;

  constructor(scope: Construct, id: string, { engine, prefix, password }: JobsRedisUserProps) {
    super(scope, id);
    this.user = new CfnUser(this, 'User', {
      engine,
      userId: this.uniqueId('app'),
      userName: this.name,
      accessString: `on ~{${prefix}}:* resetchannels ${leastRights}`,
      authenticationMode: {
        Type: 'password',
        // The template contains only a reference. CloudFormation reads the secret itself.
        Passwords: [password.secretValue.unsafeUnwrap()],
      },
    });
    const users = [this.user, ...(engine === 'redis' ? [this.disabledDefault()] : [])];
    this.group = new CfnUserGroup(this, 'Group', {
      engine,
      userGroupId: this.uniqueId('grp'),
      userIds: users.map((user) => user.ref),
    });
  }

  /** Returns a user called "default" without any rights. A user group of Redis must contain one. */
  private disabledDefault(): CfnUser {
    return new CfnUser(this, 'Default', {
      engine: 'redis',
      userId: this.uniqueId('off'),
      userName: 'default',
      accessString: 'off ~* -@all',
      authenticationMode: { Type: 'no-password-required' },
    });
  }

  /** Returns an id of at most 40 characters. It is unique among all stacks and stores of an account and region. */
  private uniqueId(kind: string): string {
    const stack = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
    return Fn.join('-', [kind, this.node.addr.slice(-12), stack]);
  }
}
