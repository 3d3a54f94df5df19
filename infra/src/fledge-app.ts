import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { App, CloudFormationValidatePlugin, DefaultStackSynthesizer, Validations } from 'aws-cdk-lib';
import { CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { FledgeStack } from './fledge-stack.js';

/** The command of the image's HEALTHCHECK. The script detects the role of the container. */
const healthCheckCommand = ['node', 'docker/healthcheck.mjs'];

/** The folder of this package, for the sources and for dist. */
const infraFolder = dirname(createRequire(import.meta.url).resolve('nestjs-fledge-infra/package.json'));

/** Returns a validation by AWS' schemas and Fledge's rules. It runs at each synthesis and needs no network. */
export function validation(): CloudFormationValidatePlugin {
  const content = readFileSync(join(infraFolder, 'rules/fledge.guard'), 'utf8');
  return new CloudFormationValidatePlugin({ guardRules: [{ name: 'fledge', content }] });
}

/**
 * Creates the CDK app of the reference application. Options of `-c`: `image=source` (built here with Docker),
 * `database=none`, `engine=redis`, `arch=arm64`, `certificate=<ARN>`, `http=allow` (no certificate) and
 * `rds-bundle=<path in the image>`.
 */
export function fledgeApp(context?: Record<string, unknown>): { app: App; stack: FledgeStack } {
  const app = new App({ context });
  Validations.of(app).addPlugins(validation());
  const choice = (name: string): string | undefined => app.node.tryGetContext(name);
  const fromSource = choice('image') === 'source';
  const ownDatabase = choice('database') !== 'none';
  const stack = new FledgeStack(app, 'Fledge', {
    description: 'Fledge: web and worker on ECS from one image, and a jobs store that evicts nothing',
    // Without assets, CloudFormation can deploy the template in an account without CDK's bootstrap stack.
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: fromSource }),
    source: fromSource ? { directory: dirname(infraFolder) } : undefined,
    architecture: choice('arch') === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
    secrets: ownDatabase ? ['SMTP_URL'] : ['SMTP_URL', 'DATABASE_URL'],
    database: ownDatabase ? { certificateBundle: choice('rds-bundle') } : false,
    redis: { engine: choice('engine') === 'redis' ? 'redis' : 'valkey' },
    web: {
      certificateArn: choice('certificate'),
      allowHttp: choice('http') === 'allow',
      healthCheckCommand,
    },
    worker: { healthCheckCommand },
  });
  return { app, stack };
}
