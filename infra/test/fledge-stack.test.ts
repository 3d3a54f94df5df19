import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FledgeStack, type FledgeStackProps } from '../src/fledge-stack.js';
import { cdkContext, type Container } from './synth.js';

function synthesize(props?: FledgeStackProps): { app: App; template: Template; containers: Container[] } {
  const app = new App({ context: cdkContext, builtinCloudFormationValidation: false });
  const template = Template.fromStack(new FledgeStack(app, 'Fledge', props));
  const containers = Object.values(template.findResources('AWS::ECS::TaskDefinition')).map(
    (definition) =>
      (definition as { Properties: { ContainerDefinitions: [Container] } }).Properties
        .ContainerDefinitions[0],
  );
  return { app, template, containers };
}

describe('FledgeStack', () => {
  let template: Template;
  let containers: Container[];
  beforeAll(() => {
    ({ template, containers } = synthesize({ secrets: ['SMTP_URL'], environment: { TZ: 'UTC' } }));
  });

  it('runs one image as web, worker and migration', () => {
    expect(containers.map(({ Name }) => Name)).toEqual(['web', 'worker', 'migration']);
    const images = containers.map((container) => JSON.stringify((container as { Image?: unknown }).Image));
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toContain('{"Ref":"ImageRepository"},":",{"Ref":"ImageTag"}');
  });

  it('sets all variables of the web in the worker too', () => {
    for (const { Environment, Secrets } of containers) {
      expect(Environment).toContainEqual({ Name: 'TZ', Value: 'UTC' });
      expect(Secrets.map(({ Name }) => Name)).toEqual(['DATABASE_URL', 'SMTP_URL', 'JOBS_PASSWORD']);
      expect(Secrets).toContainEqual({ Name: 'SMTP_URL', ValueFrom: { Ref: 'SmtpUrlArn' } });
    }
  });

  it('adds the variables of a single service', () => {
    const own = synthesize({
      environment: { TZ: 'UTC', LOCALE: 'en' },
      worker: { environment: { LOCALE: 'de', PDF_FONTS: '/fonts' }, cpu: 512, memory: 1024 },
    }).containers;
    expect(own[1]!.Environment).toEqual(
      expect.arrayContaining([
        { Name: 'TZ', Value: 'UTC' },
        { Name: 'LOCALE', Value: 'de' },
        { Name: 'PDF_FONTS', Value: '/fonts' },
      ]),
    );
    expect(own[0]!.Environment).toContainEqual({ Name: 'LOCALE', Value: 'en' });
    expect(own[1]!.Secrets.map(({ Name }) => Name)).toEqual(['DATABASE_URL', 'JOBS_PASSWORD']);
  });

  it('separates the metrics of two stacks', () => {
    expect(containers[1]!.Environment).toContainEqual({
      Name: 'JOBS_APP',
      Value: { Ref: 'AWS::StackName' },
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Consumers',
      Dimensions: [{ Name: 'App', Value: { Ref: 'AWS::StackName' } }],
    });
  });

  it('sends alarms to its topic', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as {
      Properties: { AlarmActions: unknown[]; AlarmDescription: string };
    }[];
    const ours = alarms.filter(({ Properties }) => !Properties.AlarmDescription.includes('scaling alarm'));
    expect(ours).toHaveLength(5);
    for (const { Properties } of ours) expect(Properties.AlarmActions).toEqual([{ Ref: topic }]);
  });

  it('opens the store and the database only to web, worker and migration', () => {
    for (const port of [6379, 5432]) {
      const rules = template.findResources('AWS::EC2::SecurityGroupIngress', {
        Properties: { FromPort: port },
      });
      expect(Object.keys(rules)).toHaveLength(3);
    }
    template.hasResourceProperties('AWS::RDS::DBInstance', {
      PubliclyAccessible: false,
      StorageEncrypted: true,
    });
  });

  it('has an output for the first migration', () => {
    template.hasOutput('RunMigration', {
      Value: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('^aws ecs run-task')])] },
    });
  });
});

describe('FledgeStack with a source', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fledge-source-'));
  mkdirSync(join(directory, 'docker'));
  writeFileSync(join(directory, 'docker/Dockerfile'), 'FROM scratch AS production\n');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('builds the production stage of docker/Dockerfile, for the architecture that runs it', () => {
    const { app, template } = synthesize({ source: { directory }, architecture: CpuArchitecture.ARM64 });
    template.resourceCountIs('AWS::ECS::TaskDefinition', 3);
    expect(Object.keys(template.findParameters('Image*'))).toEqual([]);
    const assets = app.synth().artifacts.flatMap((artifact) => ('contents' in artifact ? [artifact] : []));
    expect(JSON.stringify(assets.map(({ contents }) => contents))).toMatch(
      /"dockerBuildTarget":"production","dockerFile":"docker\/Dockerfile".*"platform":"linux\/arm64"/,
    );
  });
});
