import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { MigrationTask } from '../src/migration-task.js';
import { WebService, type WebServiceProps } from '../src/web-service.js';
import { application, containerOf } from './synth.js';

const certificateArn = 'arn:aws:acm:x:y:certificate/z';

function synthesize(own: Partial<WebServiceProps> = {}): Template {
  const { stack, props } = application();
  new WebService(stack, 'Web', { ...props, certificateArn, ...own });
  return Template.fromStack(stack);
}

describe('WebService', () => {
  let template: Template;
  beforeAll(() => {
    template = synthesize();
  });

  it('starts the web process of the image with the same store', () => {
    const container = containerOf(template);
    expect(container.Command).toEqual(['node', 'dist/main.js']);
    expect(container.variables).toEqual({
      NODE_ENV: 'production',
      PORT: '3000',
      JOBS_URL: expect.anything(),
    });
    expect(container.PortMappings).toEqual([expect.objectContaining({ ContainerPort: 3000 })]);
    expect(container.Secrets.map(({ Name }) => Name)).toEqual(['JOBS_PASSWORD']);
    expect(container.ReadonlyRootFilesystem).toBe(true);
  });

  it('is behind a load balancer that checks its health', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internet-facing',
      Type: 'application',
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      HealthCheckPath: '/',
      Matcher: { HttpCode: '200-499' },
      Port: 3000,
      TargetType: 'ip',
    });
    synthesize({ healthCheckPath: '/up', healthyCodes: '200' }).hasResourceProperties(
      'AWS::ElasticLoadBalancingV2::TargetGroup',
      { HealthCheckPath: '/up', Matcher: { HttpCode: '200' } },
    );
  });

  it('is checked by ECS too, if it has a command for it', () => {
    expect(containerOf(template).HealthCheck).toBeUndefined();
    const asked = synthesize({ healthCheckCommand: ['node', 'alive.js'] });
    expect(containerOf(asked).HealthCheck).toMatchObject({
      Command: ['CMD', 'node', 'alive.js'],
      Timeout: 5,
    });
  });

  it('rolls back a release that does not start, without a gap', () => {
    template.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    });
  });

  it('uses HTTPS, and redirects HTTP to it', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Port: 443, Protocol: 'HTTPS' });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', {
      Port: 80,
      DefaultActions: [Match.objectLike({ Type: 'redirect' })],
    });
  });

  it('uses plain HTTP only inside the VPC, or with allowHttp', () => {
    expect(() => synthesize({ certificateArn: undefined })).toThrow(/needs a certificate.*allowHttp: true/);
    const own = [
      [{ isPublic: false }, 'internal', 'internal'],
      [{ allowHttp: true }, 'internet-facing', 'allowed'],
    ] as const;
    for (const [props, Scheme, why] of own) {
      const plain = synthesize({ certificateArn: undefined, ...props });
      plain.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme });
      plain.resourceCountIs('AWS::ElasticLoadBalancingV2::Listener', 1);
      plain.hasResource('AWS::ElasticLoadBalancingV2::Listener', {
        Properties: { Port: 80, Protocol: 'HTTP' },
        Metadata: { FledgePlainHttp: why },
      });
    }
  });
});

describe('MigrationTask', () => {
  it('is a task without a service, and has the command that runs it', () => {
    const { stack, props } = application();
    const migration = new MigrationTask(stack, 'Migration', props);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ECS::Service', 0);
    expect(containerOf(template).Command).toEqual(['node', 'dist/main-worker.js', '--check']);
    const command = JSON.stringify(stack.resolve(migration.runCommand));
    for (const part of [
      'aws ecs run-task',
      '--cluster',
      '--task-definition',
      'subnets=[',
      'securityGroups=[',
    ])
      expect(command).toContain(part);
  });
});
