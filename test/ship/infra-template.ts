import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../support/pack.js';

export interface Container {
  readonly Name: 'web' | 'worker' | 'migration';
  readonly Command: string[];
  readonly Environment: { Name: string; Value: unknown }[];
  readonly Secrets: { Name: string }[];
  readonly StopTimeout?: number;
  readonly HealthCheck?: { Command: string[]; Timeout: number };
  readonly PortMappings?: { ContainerPort: number }[];
}

type Properties = Record<string, unknown>;

const template = parse(readFileSync(join(root, 'infra/template.yaml'), 'utf8')) as {
  Resources: Record<string, { Type: string; Properties: Properties }>;
};

/** The properties of each resource of a type in infra/template.yaml. */
export function resources(type: string): Properties[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

export const containers = resources('AWS::ECS::TaskDefinition').map(
  ({ ContainerDefinitions }) => (ContainerDefinitions as [Container])[0],
);

export function container(name: Container['Name']): Container {
  return containers.find(({ Name }) => Name === name)!;
}

/** The environment of a container, without the values that only AWS has. */
export function variables({ Environment }: Container): Record<string, string> {
  return Object.fromEntries(
    Environment.flatMap(({ Name, Value }) => (typeof Value === 'string' ? [[Name, Value]] : [])),
  );
}
