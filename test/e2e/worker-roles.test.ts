import { describe, expect, inject, it } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { workerProcess } from '../support/worker-process.js';

const entry = 'roles-worker.mjs';
const url = (): string => privateUrl(inject('redisUrl'));

describe('an application in its two processes', () => {
  it('leaves out of the worker only what is for the web process', async () => {
    const worker = workerProcess({ url: url(), entry });
    const line = await worker.waitFor(/^worker /);
    expect(line).toBe('worker true: Bull, Processor, dynamic; gateway false, processor true');
    await worker.waitFor(/processor default/);
    // It is not reported that Bull and Processor run in every process, because they run in this one only.
    expect(worker.lines.join('\n')).not.toContain('IN_EVERY_PROCESS');
    expect(await worker.stop()).toBe(0);
  });

  it('leaves out of the web process only what is for the worker', async () => {
    const web = workerProcess({ url: url(), entry, env: { ROLE: 'web' } });
    expect(await web.waitFor(/^worker /)).toBe(
      'worker false: Chat, Gateway, class, value, factory, existing; gateway true, processor false',
    );
  });

  it.each([
    ['reads', "reading 'getHttpServer'"],
    ['calls', "reading 'useStaticAssets'"],
    ['destructures', "Cannot destructure property 'httpServer'"],
  ])('names the module that needs the HTTP server, and the fix: %s', async (BOOTS, reason) => {
    const worker = workerProcess({ url: url(), entry, env: { BOOTS } });
    const code = await worker.ended;
    const log = worker.lines.join('\n');
    expect(code).toBe(1);
    expect(log).toContain('FLEDGE_WORKER_WITHOUT_HTTP');
    expect(log).toContain(reason);
    expect(log).toContain('imports: [onlyInWeb(StaticModule)]');
    expect(log).toContain('roles-worker.mjs');
    expect(log).toMatch(/Caused by: TypeError[^]*at StaticModule\.onModuleInit/);
  });

  it('says that null may be the HTTP adapter if other objects have the field too, and shows the stack', async () => {
    const worker = workerProcess({ url: url(), entry, env: { BOOTS: 'common' } });
    await worker.ended;
    const log = worker.lines.join('\n');
    expect(log).toContain('failed while it was booting, in');
    expect(log).toContain('If this null value is the adapter, import the module only in web processes');
    expect(log).toMatch(/Caused by: TypeError: .*reading 'get'[^]*at StaticModule\.onModuleInit/);
  });

  it.each([
    ['unrelated', "reading 'reply2'"],
    ['unrelated get', "reading 'get'"],
    ['unrelated delete', "reading 'delete'"],
    ['unrelated status', "Cannot destructure property 'status'"],
  ])('reports another error of the boot as it is: %s', async (BOOTS, reason) => {
    const worker = workerProcess({ url: url(), entry, env: { BOOTS } });
    await worker.ended;
    const log = worker.lines.join('\n');
    expect(log).toContain(reason);
    expect(log).toContain('at StaticModule.onModuleInit');
    expect(log).not.toContain('FLEDGE_WORKER_WITHOUT_HTTP');
  });

  it('does not start if a decorator has asked for the role too early', async () => {
    const worker = workerProcess({ url: url(), entry, env: { BOOTS: 'asks early' } });
    const code = await worker.ended;
    expect(code).toBe(1);
    expect(worker.lines.join('\n')).toMatch(/FLEDGE_WORKER_ROLE_EARLY/);
  });
});
