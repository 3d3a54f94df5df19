import { examineStore, Job, JobsInspector, type JobsOptions } from 'nestjs-fledge';
import { describe, expect, inject, it, vi } from 'vitest';
import { fledgeHere } from '../support/fledge-command.js';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

@Job()
class CleanupJob {
  async perform(_payload: { userId: number }): Promise<void> {}
}

const start = (options: JobsOptions): Promise<JobsApp> =>
  jobsApp({ watchInterval: 50, ...options }, [CleanupJob]);
const shared = ({ events }: JobsApp) =>
  events.flatMap((event) =>
    event.type === 'warning' && event.code === 'FLEDGE_PREFIX_SHARED' ? [event.message] : [],
  );

describe('two applications with one prefix', () => {
  it('name each other once, in web and worker, in the doctor and in fledge ps', async () => {
    const url = privateUrl(inject('redisUrl'));
    const shop = await start({ url, app: 'shop' });
    const blog = await start({ url, app: 'blog' });
    const shopWeb = await start({ url, app: 'shop' });
    await shop.worker.start();
    await blog.worker.start();
    const isWarning = ({ code }: { code: string }) => code === 'FLEDGE_PREFIX_SHARED';
    for (const [app, text] of [
      [shop, `shop (this process) and blog (worker ${blog.worker.id})`],
      [shopWeb, `shop (this process) and blog (worker ${blog.worker.id})`],
      [blog, `blog (this process) and shop (worker ${shop.worker.id})`],
    ] as const)
      expect((await app.event('warning', isWarning)).message).toContain(text);

    const check = (await examineStore(url)).checks.find(({ name }) => name === 'application');
    expect(check).toMatchObject({
      status: 'warning',
      code: 'FLEDGE_PREFIX_SHARED',
      found: expect.stringContaining(`blog (${blog.worker.id}) and shop (${shop.worker.id})`),
    });
    const { output } = await fledgeHere(['ps', url]);
    expect(output).toMatch(/ ms {2}shop {2}\d/);
    expect(output).toMatch(/ ms {2}blog {2}\d/);
    expect(shared(shop)).toHaveLength(1);
  });

  it('are not reported if both have the same name, and the doctor shows it', async () => {
    const url = privateUrl(inject('redisUrl'));
    const [one, two] = [await start({ url, app: 'shop' }), await start({ url, app: 'shop' })];
    await one.worker.start();
    await two.worker.start();
    const inspector = two.app.get(JobsInspector);
    await until('both are in the fleet', async () => (await inspector.processes()).length === 2);
    const check = (await examineStore(url)).checks.find(({ name }) => name === 'application');
    expect(check).toEqual({ name: 'application', status: 'ok', found: 'shop' });
    expect([...shared(one), ...shared(two)]).toEqual([]);
  });
});

describe('two applications with one prefix and one name', () => {
  @Job()
  class ImportJob {
    async perform(): Promise<string> {
      return 'import';
    }
  }
  @Job()
  class ReportJob {
    async perform(): Promise<string> {
      return 'report';
    }
  }
  @Job()
  class FeedJob {
    async perform(): Promise<string> {
      return 'feed';
    }
  }
  @Job()
  class PostJob {
    async perform(): Promise<string> {
      return 'post';
    }
  }
  @Job()
  class IndexJob {
    async perform(): Promise<string> {
      return 'index';
    }
  }
  const mixed = ({ event }: JobsApp) => event('warning', ({ code }) => code === 'FLEDGE_FLEET_MIXED');

  it('are reported within seconds, in web and worker, if they have no job in common', async () => {
    const url = privateUrl(inject('redisUrl'));
    const options = { url, app: 'backend', watchInterval: 50 };
    const shop = await jobsApp(options, [CleanupJob, ImportJob, ReportJob]);
    const blog = await jobsApp(options, [FeedJob, PostJob, IndexJob]);
    const blogWeb = await jobsApp(options, [FeedJob, PostJob, IndexJob]);
    await shop.worker.start();
    await blog.worker.start();
    for (const app of [shop, blog, blogWeb]) {
      const { message } = await mixed(app);
      expect(message).toContain(`${shop.worker.id} knows CleanupJob, ImportJob, ReportJob`);
      expect(message).toContain(`${blog.worker.id} knows FeedJob, PostJob, IndexJob`);
    }
  });
});

describe('the prefix', () => {
  it('comes from the URL, then from the option, then from JOBS_PREFIX', async () => {
    const { url } = await ownRedis();
    vi.stubEnv('JOBS_PREFIX', 'environment');
    try {
      const prefixes: [JobsOptions, string][] = [
        [{ url: `${url}?prefix=address`, prefix: 'option' }, '{address}'],
        [{ url, prefix: 'option' }, '{option}'],
        [{ url }, '{environment}'],
      ];
      for (const [options, prefix] of prefixes) {
        const { jobs, app, close } = await start(options);
        await jobs.enqueue(CleanupJob, { userId: 1 });
        const { jobs: found } = await app.get(JobsInspector).jobs('waiting');
        expect(found, prefix).toHaveLength(1);
        await close();
      }
      expect((await examineStore(url)).store).toContain('prefix {environment}');
      const { output } = await fledgeHere(['doctor', url], { JOBS_PREFIX: 'option' });
      expect(output).toContain('prefix {option}');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('is refused with characters that keys cannot have', async () => {
    await expect(start({ url: inject('redisUrl'), prefix: 'my shop' })).rejects.toThrow(
      /prefix of JobsModule \(or JOBS_PREFIX\).*FLEDGE_OPTION_INVALID/,
    );
  });
});
