import { runInThisContext } from 'node:vm';
import { Injectable, Module, Scope, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Job, JobsModule, JobsService } from '../index.js';
import { refuseMinifiedName } from './minified-name.js';

async function boot(metadata: ModuleMetadata): Promise<JobsService> {
  const module = await Test.createTestingModule(metadata).compile();
  onTestFinished(() => module.close());
  await module.init();
  return module.get(JobsService);
}
const inMemory = () => JobsModule.forRoot({ url: 'memory:' });

@Job()
class PlainJob {
  async perform(): Promise<string> {
    return 'plain';
  }
}

describe('a job class in two modules', () => {
  @Module({ providers: [PlainJob], exports: [PlainJob] })
  class BillingModule {}

  it('is refused with the names of both', async () => {
    @Module({ providers: [PlainJob] })
    class ReportsModule {}
    await expect(boot({ imports: [inMemory(), BillingModule, ReportsModule] })).rejects.toThrow(
      /PlainJob is in the providers of both BillingModule and ReportsModule.*FLEDGE_JOB_PROVIDED_TWICE/,
    );
  });

  it('is refused if it is request-scoped, or if one module is imported twice with different options', async () => {
    @Module({})
    class TenantModule {}
    @Injectable({ scope: Scope.REQUEST })
    @Job()
    class ScopedJob {
      async perform(): Promise<void> {}
    }
    const withJob = (tenant: string) => ({
      module: TenantModule,
      providers: [ScopedJob, { provide: 'tenant', useValue: tenant }],
    });
    await expect(boot({ imports: [inMemory(), withJob('a'), withJob('b')] })).rejects.toThrow(
      /ScopedJob is in the providers of TenantModule, which is imported twice.*FLEDGE_JOB_PROVIDED_TWICE/,
    );
  });

  it('is accepted if both have the same instance', async () => {
    const jobs = await boot({
      imports: [inMemory(), BillingModule],
      providers: [
        { provide: 'alias', useExisting: PlainJob },
        { provide: 'factory', useFactory: (job: PlainJob) => job, inject: [PlainJob] },
      ],
    });
    await expect(jobs.perform(PlainJob)).resolves.toBe('plain');
  });
});

describe('JobsModule', () => {
  it('is refused if it is configured twice, with the modules that import it', async () => {
    @Module({ imports: [inMemory()] })
    class FeatureA {}
    @Module({
      imports: [JobsModule.forRootAsync({ useFactory: () => ({ url: 'memory:', queues: { default: {} } }) })],
    })
    class FeatureB {}
    await expect(boot({ imports: [FeatureA, FeatureB] })).rejects.toThrow(
      /JobsModule\.forRoot\(\) or forRootAsync\(\) is imported 2 times, by FeatureA and FeatureB.*once, in the root module.*FLEDGE_MODULE_TWICE/,
    );
  });

  it.each([
    ['next to forRoot()', () => [inMemory()]],
    ['alone', () => []],
  ])('is refused without forRoot(), %s', async (_, others) => {
    @Module({ imports: [JobsModule] })
    class FeatureModule {}
    await expect(boot({ imports: [...others(), FeatureModule] })).rejects.toThrow(
      /JobsModule is imported without forRoot\(\), by FeatureModule.*FLEDGE_MODULE_WITHOUT_FORROOT/,
    );
  });

  it('may be imported as the same object in two modules', async () => {
    const shared = inMemory();
    @Module({ imports: [shared], providers: [PlainJob] })
    class FeatureModule {}
    const jobs = await boot({ imports: [shared, FeatureModule] });
    await expect(jobs.perform(PlainJob)).resolves.toBe('plain');
  });
});

describe('a name that a minifier has chosen', () => {
  /** Makes a class whose code is what a bundler writes. */
  const built = (code: string): new () => object => runInThisContext(`(${code})`) as new () => object;
  const check = (code: string, NODE_ENV = 'development'): void => {
    const markedClass = built(code);
    refuseMinifiedName({ name: markedClass.name, markedClass, decorator: '@Job' }, { NODE_ENV });
  };

  it.each([
    'class a{async perform({id:e}){console.log(e)}}',
    'class Xy{async perform(){}}',
    'class $a1{async perform(){}}',
    'class _0x3fa2{async perform(){}}',
    'class a extends(0,Object){async perform(){return `two\nlines`}}',
    '(()=>{let s=class{async perform(){}};return s})()',
  ])('is refused: %s', (code) => {
    expect(() => check(code)).toThrow(
      /@Job\(\) has the name "[\w$]+", which the build has shortened.*@Job\(\{ name: 'SyncJob' \}\).*FLEDGE_JOB_NAME_MINIFIED/,
    );
  });

  it.each([
    ['of a source', 'class A {\n  async perform() {}\n}'],
    ['of minified code with kept names', 'class SyncJob{async perform(){}}'],
    ['of tsx, which minifies and keeps names', 'class Tax{static{this.label="Tax"}async perform(){}}'],
  ])('is not the name %s', (_, code) => expect(() => check(code)).not.toThrow());

  it('is every name of one or two letters in production', () => {
    expect(() => check('class Ab {\n  async perform() {}\n}', 'production')).toThrow(/"Ab"/);
    expect(() => check('class Tax {\n  async perform() {}\n}', 'production')).not.toThrow();
  });

  describe('at boot', () => {
    beforeEach(() => void vi.stubEnv('NODE_ENV', 'production'));
    afterEach(() => void vi.unstubAllEnvs());

    it('is refused, unless the class has a name option', async () => {
      @Job()
      class a {
        async perform(): Promise<void> {}
      }
      @Job({ name: 'SyncJob' })
      class b {
        async perform(): Promise<void> {}
      }
      const url = 'redis://127.0.0.1:1';
      await expect(boot({ imports: [JobsModule.forRoot({ url })], providers: [a] })).rejects.toThrow(
        /"a".*MINIFIED/,
      );
      await expect(boot({ imports: [JobsModule.forRoot({ url })], providers: [b] })).resolves.toBeDefined();
    });
  });
});
