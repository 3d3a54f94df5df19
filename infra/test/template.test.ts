import { readFileSync, statSync } from 'node:fs';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fledgeApp } from '../src/fledge-app.js';
import { cdkContext } from './synth.js';

const path = new URL('../template.yaml', import.meta.url);
const text = readFileSync(path, 'utf8');

/** Synthesizes with AWS' schemas and Fledge's rules. Any finding throws. */
function synthesize(choices: Record<string, string> = {}): { template: Template; warnings: unknown[] } {
  const { stack } = fledgeApp({ ...cdkContext, ...choices });
  const template = Template.fromStack(stack);
  return { template, warnings: Annotations.fromStack(stack).findWarning('*', Match.anyValue()) };
}

describe('template.yaml', () => {
  it('is equal to the output of the constructs: npm run template', () => {
    const { template, warnings } = synthesize();
    expect(parse(text)).toEqual(template.toJSON());
    expect(warnings).toEqual([]);
  });

  it('needs no bootstrap stack, asset or code in the account', () => {
    expect(text).not.toMatch(/cdk-bootstrap|cdk-hnb659fds|AWS::Lambda|AWS::S3/);
    expect(Object.keys((parse(text) as { Parameters: object }).Parameters).sort()).toEqual([
      'CertificateArn',
      'ImageRepository',
      'ImageTag',
      'SmtpUrlArn',
    ]);
  });

  it('is short enough for CloudFormation without a bucket', () => {
    expect(statSync(path).size).toBeLessThan(51_200);
  });

  it('names no account, region or registry', () => {
    expect(text).not.toMatch(/\b\d{12}\b|\b(us|eu|ap|sa|ca|af|me)-[a-z]+-\d\b|dkr\.ecr\.[a-z]|docker\.io/);
  });
});

describe('a synthesis', () => {
  it('fails if the rules or the schemas find a problem', () => {
    const { app, stack } = fledgeApp(cdkContext);
    stack.redis.parameterGroup.properties = { 'maxmemory-policy': 'allkeys-lru' };
    stack.redis.replicationGroup.addPropertyOverride('TransitEncryptionEnable', true);
    expect(() => app.synth()).toThrow(/Validation/i);
  });
});

describe('the choices', () => {
  it.each<Record<string, string>>([
    { engine: 'redis' },
    { arch: 'arm64', database: 'none' },
    { certificate: 'arn:aws:acm:eu-west-1:000000000000:certificate/12345678-1234-1234-1234-123456789012' },
    { http: 'allow', 'rds-bundle': '/app/docker/rds.pem' },
  ])('%o is valid', (choices) => {
    expect(synthesize(choices).warnings).toEqual([]);
  });

  it('take the URL from a secret if there is no database', () => {
    const { template } = synthesize({ database: 'none' });
    template.resourceCountIs('AWS::RDS::DBInstance', 0);
    expect(Object.keys(template.findParameters('*'))).toContain('DatabaseUrlArn');
  });
});
