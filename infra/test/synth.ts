import { readFileSync } from 'node:fs';
import { App, Stack, type Environment } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationProps } from '../src/application-task.js';
import { JobsRedis } from '../src/jobs-redis.js';

/** The context that the CLI passes to the app. A plain `new App()` does not read it. */
export const cdkContext = (
  JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, unknown>;
  }
).context;

/** Returns an empty stack for tests of one construct. template.test.ts validates the whole stack. */
export function emptyStack(env?: Environment): { stack: Stack; vpc: Vpc } {
  const app = new App({ context: cdkContext, builtinCloudFormationValidation: false });
  const stack = new Stack(app, 'Test', { env });
  return { stack, vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, restrictDefaultSecurityGroup: false }) };
}

/** Returns such a stack with the props of a service. */
export function application(): { stack: Stack; props: ApplicationProps } {
  const { stack, vpc } = emptyStack();
  const cluster = new Cluster(stack, 'Cluster', { vpc });
  const store = new JobsRedis(stack, 'Redis', { vpc });
  return { stack, props: { cluster, store, image: ContainerImage.fromRegistry('app:1') } };
}

export interface Container {
  readonly Name: string;
  readonly Command: string[];
  readonly Environment: { Name: string; Value: unknown }[];
  readonly Secrets: { Name: string; ValueFrom: unknown }[];
  readonly StopTimeout?: number;
  readonly ReadonlyRootFilesystem?: boolean;
  readonly HealthCheck?: Record<string, unknown>;
  readonly PortMappings?: { ContainerPort: number }[];
  readonly LogConfiguration: { LogDriver: string };
}

/** Returns the container of the only task definition, with its variables as an object. */
export function containerOf(template: Template): Container & { variables: Record<string, unknown> } {
  const [definition] = Object.values(template.findResources('AWS::ECS::TaskDefinition'));
  const [container] = (definition as { Properties: { ContainerDefinitions: Container[] } }).Properties
    .ContainerDefinitions;
  const variables = Object.fromEntries(container!.Environment.map(({ Name, Value }) => [Name, Value]));
  return { ...container!, variables };
}
