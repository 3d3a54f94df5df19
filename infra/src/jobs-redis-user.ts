import { Aws, Fn } from 'aws-cdk-lib';
import { CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/** docs/redis.md has the same rights, and a test of the root's suite runs a worker with them. */
const leastRights = '+@all -@admin -@dangerous +info +client|setname +client|list';

export interface JobsRedisUserProps {
  readonly engine: 'valkey' | 'redis';
  /** Only keys below it can be reached. */
  readonly prefix: string;
  readonly password: ISecret;
}

/** The application's own user of the store: it reaches its own keys only, and cannot administer the server. */
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
        // Only a reference gets into the template; CloudFormation reads the secret itself.
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

  /** A group for Redis must have a user with the name "default". This one may do nothing. */
  private disabledDefault(): CfnUser {
    return new CfnUser(this, 'Default', {
      engine: 'redis',
      userId: this.uniqueId('off'),
      userName: 'default',
      accessString: 'off ~* -@all',
      authenticationMode: { Type: 'no-password-required' },
    });
  }

  /** Unique in an account and region: other stacks, and other stores of this one, have users too. At most 40 characters. */
  private uniqueId(kind: string): string {
    const stack = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
    return Fn.join('-', [kind, this.node.addr.slice(-12), stack]);
  }
}
