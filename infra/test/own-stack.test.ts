import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { App, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ShopStack } from '../example/shop-stack.js';
import { validation } from '../src/index.js';
import { cdkContext } from './synth.js';

const infra = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${infra}/${path}`, 'utf8');

describe('a stack of an application', () => {
  it('passes the rules', () => {
    const app = new App({ context: cdkContext });
    Validations.of(app).addPlugins(validation());
    const template = Template.fromStack(
      new ShopStack(app, 'Shop', { certificateArn: 'arn:aws:acm:x:y:certificate/z' }),
    );
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      Cpu: '512',
      ContainerDefinitions: [
        Match.objectLike({
          StopTimeout: 95,
          MountPoints: [{ SourceVolume: 'tmp', ContainerPath: '/tmp', ReadOnly: false }],
        }),
      ],
      Volumes: [{ Name: 'tmp' }],
    });
  });

  it('is in the README as it was tested', () => {
    expect(read('README.md')).toContain(`\`\`\`ts\n${read('example/shop-stack.ts')}\`\`\``);
  });

  it('gets types and rules from the package', () => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json'], {
      cwd: infra,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // The output of prepack comes first.
    const [{ files }] = JSON.parse(packed.slice(packed.indexOf('[\n'))) as [{ files: { path: string }[] }];
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['dist/src/index.js', 'dist/src/index.d.ts', 'rules/fledge.guard', 'README.md']),
    );
  });
});
