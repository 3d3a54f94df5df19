import { BulkEnqueueError } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { NoteJob, storeFixture } from './store-fixture.js';

/** enqueueAll with many payloads and with invalid ones. The same tests run on memory and on Redis. */
export function enqueueAllBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const { open, start } = storeFixture(url);

  describe(`on ${kind}: enqueueAll`, () => {
    it('takes 20,000 payloads from a generator and returns their receipts in journal.order', async () => {
      const { jobs } = await open();
      function* payloads(): Generator<{ note: string }> {
        for (let i = 0; i < 20_000; i++) yield { note: `n${i}` };
      }
      const receipts = await jobs.enqueueAll(NoteJob, payloads(), (_, index) => ({
        delay: index === 0 ? '1h' : '2h',
      }));
      expect(receipts).toHaveLength(20_000);
      expect(new Set(receipts.map(({ id }) => id)).size).toBe(20_000);
      expect(receipts.every(({ status }) => status === 'enqueued')).toBe(true);
    });

    it('enqueues the valid payloads and names the invalid ones in its error', async () => {
      const { jobs, performed } = await start();
      const payloads = [{ note: 'good' }, { note: NaN as unknown as string }, { note: 'fine' }];
      const error = await jobs.enqueueAll(NoteJob, payloads).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BulkEnqueueError);
      expect(error).toMatchObject({ code: 'FLEDGE_BULK_INCOMPLETE', unavailable: false });
      const { receipts } = error as BulkEnqueueError;
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'failed', 'enqueued']);
      expect(receipts[1]!.error).toMatchObject({ code: 'FLEDGE_PAYLOAD_INVALID' });
      await performed('good', 'fine');
    });
  });

  describe(`on ${kind}: enqueueAll with a generator that throws`, () => {
    it('keeps what was enqueued and lists it in the error', async () => {
      const { jobs } = await open();
      function* payloads(): Generator<{ note: string }> {
        for (let i = 0; i < 700; i++) yield { note: `n${i}` };
        throw new Error('the file is damaged');
      }
      const error: unknown = await jobs
        .enqueueAll(NoteJob, payloads(), { delay: '1h' })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'FLEDGE_BULK_INCOMPLETE',
        cause: { message: 'the file is damaged' },
      });
      const { receipts } = error as BulkEnqueueError;
      expect(receipts).toHaveLength(500);
      const receiptId = receipts[0]!.id;
      expect(await jobs.enqueue(NoteJob, { note: 'n0' }, { id: receiptId })).toMatchObject({
        status: 'duplicate',
        duplicateOf: receiptId,
      });
      await expect(jobs.enqueueAll(NoteJob, [{ note: 'a' }], { attempts: 0 })).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
      });
      const shared = { id: receiptId } as object;
      await expect(jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'b' }], shared)).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
      });
    });
  });
}
