import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Job, JobsInspector, type EnqueueMiddleware, type JobMiddleware } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { jobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const received: unknown[] = [];
const key = randomBytes(32);

@Job({ unique: true })
class ReportIncomeJob {
  async perform(payload: { taxId: string }): Promise<void> {
    received.push(payload);
  }
}

@Job()
class OtherJob {
  async perform(payload: { taxId: string }): Promise<void> {
    received.push(payload);
  }
}

// #region seal
/** AES-256-GCM. The name of the job is authenticated too, so a payload cannot be moved to another class. */
function seal(job: string, payload: unknown): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(job));
  const text = Buffer.concat([cipher.update(JSON.stringify(payload)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
}

function open(job: string, sealed: string): unknown {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(job));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString());
}

export const sealPayloads: EnqueueMiddleware = {
  async handle(call, next) {
    if (call.payload !== undefined) call.payload = { sealed: seal(call.name, call.payload) };
    return next();
  },
};

export const openPayloads: JobMiddleware = {
  async handle(call, next) {
    const { sealed } = (call.payload ?? {}) as { sealed?: string };
    // Ticks of schedules and jobs.perform have plain payloads, because no enqueue middleware runs for them.
    if (sealed !== undefined) Object.assign(call, { payload: open(call.context.name, sealed) });
    return next();
  },
};
// #endregion

export function encryptionGuide(kind: string, url: () => string): void {
  describe(`docs/jobs.md, encrypted payloads, on ${kind}`, () => {
    const start = async () => {
      received.length = 0;
      const options = { url: url(), enqueueMiddleware: [sealPayloads], middleware: [openPayloads] };
      const app = await jobsApp(options, [ReportIncomeJob, OtherJob]);
      return { ...app, inspector: app.app.get(JobsInspector) };
    };

    it('are unreadable in the store, and unique jobs and perform see the plain payload', async () => {
      const { jobs, worker, inspector } = await start();
      const receipt = await jobs.enqueue(ReportIncomeJob, { taxId: '078-05-1120' });
      const stored = (await inspector.find(receipt.id))?.payload;
      expect(stored).toEqual({ sealed: expect.any(String) });
      expect(Buffer.from((stored as { sealed: string }).sealed, 'base64').toString()).not.toContain('078-05');
      const second = await jobs.enqueue(ReportIncomeJob, { taxId: '078-05-1120' });
      expect(second).toMatchObject({ status: 'duplicate', duplicateOf: receipt.id });
      await worker.start();
      await until('the job ran', () => received.length === 1);
      expect(received).toEqual([{ taxId: '078-05-1120' }]);
      await jobs.perform(OtherJob, { taxId: 'plain' });
      expect(received.at(-1)).toEqual({ taxId: 'plain' });
    });

    it('cannot be changed or moved to another class', () => {
      const sealed = seal('ReportIncomeJob', { taxId: '1' });
      expect(open('ReportIncomeJob', sealed)).toEqual({ taxId: '1' });
      expect(() => open('OtherJob', sealed)).toThrow();
      const changed = Buffer.from(sealed, 'base64');
      changed[changed.length - 1]! ^= 1;
      expect(() => open('ReportIncomeJob', changed.toString('base64'))).toThrow();
    });
  });
}
