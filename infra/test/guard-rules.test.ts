import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IPolicyValidationContext } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fledgeApp, validation } from '../src/fledge-app.js';
import { mistakes, type Resources } from './guard-mistakes.js';
import { cdkContext } from './synth.js';

const folder = mkdtempSync(join(tmpdir(), 'fledge-guard-'));
/** The validation reads acknowledged findings from it. There are none. */
const { app: appConstruct, stack } = fledgeApp(cdkContext);
/** One engine for all tests, because it takes seconds to start. */
const engine = validation();
let good: string;

beforeAll(() => {
  good = JSON.stringify(Template.fromStack(stack).toJSON());
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns the rules that a template breaks, without the warnings of the schemas. */
function broken(mistake?: (resources: Resources) => void): string[] {
  const template = JSON.parse(good) as { Resources: Resources };
  mistake?.(template.Resources);
  const templatePath = join(folder, 'template.json');
  writeFileSync(templatePath, JSON.stringify(template));
  const report = engine.validate({
    templatePaths: [templatePath],
    stackTemplates: [{ templatePath, stackConstructPath: 'Fledge', accountId: undefined, region: undefined }],
    appConstruct,
  } as unknown as IPolicyValidationContext);
  return [
    ...new Set(
      report.violations
        .filter(({ severity }) => !/warn|info/i.test(severity ?? ''))
        .map(({ ruleName }) => ruleName),
    ),
  ];
}

describe('the validation', () => {
  it('finds nothing in the stack', () => {
    expect(broken()).toEqual([]);
  });

  it('has a mistake for each rule', () => {
    const guard = readFileSync(new URL('../rules/fledge.guard', import.meta.url), 'utf8');
    const rules = Array.from(guard.matchAll(/^rule (\w+)/gm), ([, name]) => name);
    expect(new Set(mistakes.map(([, rule]) => rule))).toEqual(new Set([...rules, 'F3002', 'E3047']));
  });

  it.each(mistakes)('finds %s: %s', (_, rule, mistake) => {
    expect(broken(mistake)).toEqual(expect.arrayContaining([expect.stringContaining(rule)]));
  });
});
