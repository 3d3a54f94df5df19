import { forwardRef, Inject, Injectable, Scope, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Job,
  JobEvents,
  JobsModule,
  JobsService,
  type JobEvent,
  type JobReceipt,
  type JobsOptions,
} from '../index.js';

async function boot(
  providers: Provider[],
  options: JobsOptions = {},
): Promise<{ jobs: JobsService; warnings: JobEvent[] }> {
  const events: JobEvent[] = [];
  const builder = Test.createTestingModule({
    imports: [JobsModule.forRoot({ url: 'memory:', ...options })],
    providers,
  });
  const module = await builder.compile();
  onTestFinished(() => module.close());
  module.get(JobEvents).subscribe((event) => events.push(event));
  await module.init();
  return { jobs: module.get(JobsService), warnings: events.filter(({ type }) => type === 'warning') };
}

@Job()
class PlainJob {
  async perform(): Promise<string> {
    return 'plain';
  }
}

describe('boot checks', () => {
  it('refuses two classes with the same name or alias', async () => {
    @Job({ name: 'PlainJob' })
    class Other {
      async perform(): Promise<void> {}
    }
    @Job({ aliases: ['PlainJob'] })
    class Renamed {
      async perform(): Promise<void> {}
    }
    await expect(boot([PlainJob, Other])).rejects.toThrow(/PlainJob and Other.*FLEDGE_JOB_DUPLICATE_NAME/);
    await expect(boot([PlainJob, Renamed])).rejects.toThrow(/FLEDGE_JOB_DUPLICATE_NAME/);
  });

  it.each(['', '1st', 'with space', 'x'.repeat(129)])('refuses the name %j', async (name) => {
    @Job({ name })
    class Named {
      async perform(): Promise<void> {}
    }
    await expect(boot([Named])).rejects.toThrow(/FLEDGE_JOB_NAME_INVALID/);
  });

  it('refuses an undeclared queue and suggests a declared one', async () => {
    @Job({ queue: 'mailer' })
    class Lost {
      async perform(): Promise<void> {}
    }
    await expect(boot([Lost])).rejects.toThrow(/"mailer".*Did you mean "mailers"\?.*FLEDGE_QUEUE_UNDECLARED/);
  });

  it.each([{ attempts: 0 }, { priority: 1.5 }, { backoff: 'later' as '1s' }])(
    'refuses @Job(%j)',
    async (options) => {
      @Job(options)
      class Odd {
        async perform(): Promise<void> {}
      }
      await expect(boot([Odd])).rejects.toThrow(/@Job\(\) of Odd.*FLEDGE_OPTION_INVALID/);
    },
  );

  it('refuses a class without perform', async () => {
    class Empty {}
    // As in JavaScript. The types would not allow it.
    (Job() as (target: unknown) => void)(Empty);
    await expect(boot([Empty])).rejects.toThrow(
      /Empty has @Job\(\) but no perform.*FLEDGE_JOB_WITHOUT_PERFORM/,
    );
  });

  it('warns about a declared queue that no job uses, but not about the defaults', async () => {
    const declared = await boot([PlainJob], { queues: { default: {}, reports: {} } });
    expect(declared.warnings).toEqual([
      expect.objectContaining({ code: 'FLEDGE_QUEUE_UNUSED', message: expect.stringContaining('"reports"') }),
    ]);
    expect((await boot([PlainJob])).warnings).toEqual([]);
  });
});

describe('the class of an enqueue', () => {
  it('must be registered', async () => {
    const { jobs } = await boot([]);
    await expect(jobs.enqueue(PlainJob)).rejects.toThrow(
      /PlainJob is not a known job: no module.*FLEDGE_JOB_NOT_REGISTERED/,
    );
    class Undecorated {
      async perform(): Promise<void> {}
    }
    await expect(jobs.enqueue(Undecorated)).rejects.toThrow(/no @Job\(\) decorator/);
  });

  it('cannot be a subclass without its own @Job()', async () => {
    class Special extends PlainJob {}
    const { jobs } = await boot([PlainJob, Special]);
    await expect(jobs.enqueue(Special)).rejects.toThrow(/no @Job\(\) decorator/);
  });
});

describe('instances', () => {
  it('are replaced by those that a test provides', async () => {
    const module = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ url: 'memory:' })],
      providers: [PlainJob],
    })
      .overrideProvider(PlainJob)
      .useValue({ perform: async () => 'fake' })
      .compile();
    onTestFinished(() => module.close());
    await module.init();
    await expect(module.get(JobsService).perform(PlainJob)).resolves.toBe('fake');
  });

  it('are new for each attempt of a request-scoped factory, and of a job with a request-scoped dependency', async () => {
    let made = 0;
    @Job()
    class Counted {
      readonly number = ++made;
      async perform(): Promise<number> {
        return this.number;
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {}
    @Job()
    class Bubbled {
      readonly number = ++made;
      constructor(readonly tenant: Tenant) {}
      async perform(): Promise<number> {
        return this.tenant instanceof Tenant ? this.number : -1;
      }
    }
    const { jobs } = await boot([
      { provide: Counted, scope: Scope.REQUEST, useFactory: () => new Counted() },
      Tenant,
      Bubbled,
    ]);
    expect([await jobs.perform(Counted), await jobs.perform(Counted)]).toEqual([1, 2]);
    expect([await jobs.perform(Bubbled), await jobs.perform(Bubbled)]).toEqual([3, 4]);
  });
});

describe('an enqueue before the application is initialized', () => {
  it('does not load the registry before all jobs exist', async () => {
    @Injectable()
    class Database {
      readonly name = 'database';
    }
    @Job()
    class NeedsDatabase {
      constructor(private readonly database: Database) {}
      async perform(): Promise<string> {
        return this.database.name;
      }
    }
    @Injectable()
    class Eager {
      readonly receipt: Promise<JobReceipt>;
      constructor(jobs: JobsService) {
        this.receipt = jobs.enqueue(PlainJob);
      }
    }
    const slowly = async (): Promise<Database> =>
      new Promise((resolve) => setImmediate(() => resolve(new Database())));
    const { jobs } = await boot([Eager, PlainJob, NeedsDatabase, { provide: Database, useFactory: slowly }]);
    await expect(jobs.perform(NeedsDatabase)).resolves.toBe('database');
  });
});

describe('circular imports', () => {
  /** Two files that import each other produce this: the parameter's class was not loaded when the decorator ran. */
  function withHole(): new (other: object) => { perform(): Promise<void> } {
    class Holed {
      constructor(readonly other: object) {}
      async perform(): Promise<void> {}
    }
    Reflect.defineMetadata('design:paramtypes', [undefined], Holed);
    return Holed;
  }

  it('are reported with the parameter and the fix', () => {
    expect(() => Job()(withHole())).toThrow(
      /Holed's constructor parameter 1.*forwardRef.*FLEDGE_CIRCULAR_IMPORT/,
    );
  });

  it('are accepted with forwardRef', () => {
    const Holed = withHole();
    Inject(forwardRef(() => PlainJob))(Holed, undefined, 0);
    expect(() => Job()(Holed)).not.toThrow();
  });
});
