/* Compiled but never run. `test/types.test.ts` checks which lines compile and which do not. */
import { Job, type JobContext, type JobsService } from 'nestjs-fledge';
import { Mailer, type Mail, type MailersService } from 'nestjs-fledge/mailers';

interface Address {
  street: string;
  zip?: string;
}

type Charge = { kind: 'card'; token: string } | { kind: 'invoice'; days: number };

@Job({ queue: 'billing', attempts: 5 })
class ChargeCard {
  constructor(private readonly gateway: Map<string, string>) {}
  async perform({ orderId }: { orderId: string }, { signal }: JobContext): Promise<number> {
    return signal.aborted ? 0 : this.gateway.get(orderId)!.length;
  }
}

@Job()
class Cleanup {
  async perform(): Promise<void> {}
}

@Job()
class NoPayloadButContext {
  async perform(_payload: undefined, _context: JobContext): Promise<void> {}
}

@Job()
class OptionalPayload {
  async perform(_payload?: { since: string }): Promise<void> {}
}

@Job()
class Ship {
  async perform(_payload: { to: Address; items: readonly string[]; at: [number, number] }): Promise<void> {}
}

@Job()
class Bill {
  async perform(_payload: Charge): Promise<void> {}
}

@Job()
class Anything {
  async perform(_payload: unknown): Promise<void> {}
}

@Job()
class WithDate {
  async perform(_payload: { at: Date; n: number }): Promise<void> {}
}

@Job()
class WithMap {
  async perform(_payload: { deep: { map: Map<string, string> }[] }): Promise<void> {}
}

@Job()
class WithBuffer {
  async perform(_payload: { bytes: Buffer }): Promise<void> {}
}

@Job()
class WithBigint {
  async perform(_payload: { n: bigint }): Promise<void> {}
}

@Job()
class WithFunction {
  async perform(_payload: { callback: () => void }): Promise<void> {}
}

// @ts-expect-error a job has perform
@Job()
export class NotAJob {
  run(): void {}
}

// @ts-expect-error perform returns a promise
@Job()
export class Synchronous {
  perform(): number {
    return 1;
  }
}

// @ts-expect-error perform's second parameter is the context
@Job()
export class WrongContext {
  async perform(_payload: undefined, _context: { nothing: string }): Promise<void> {}
}

export async function payloads(jobs: JobsService): Promise<void> {
  await jobs.enqueue(ChargeCard, { orderId: 'o1' });
  await jobs.enqueue(
    ChargeCard,
    { orderId: 'o1' },
    { delay: '10m', queue: 'other', priority: 1, attempts: 3 },
  );
  await jobs.enqueue(ChargeCard, { orderId: 'o1' }, { at: new Date() });
  await jobs.enqueue(Cleanup);
  await jobs.enqueue(Cleanup, undefined, { delay: 5 });
  await jobs.enqueue(NoPayloadButContext);
  await jobs.enqueue(OptionalPayload);
  await jobs.enqueue(OptionalPayload, { since: 'today' });
  await jobs.enqueue(Ship, { to: { street: 's' }, items: ['a'], at: [1, 2] });
  await jobs.enqueue(Bill, { kind: 'card', token: 't' });
  await jobs.enqueue(Bill, { kind: 'invoice', days: 30 });
  await jobs.enqueue(Anything, { whatever: 1 });

  // @ts-expect-error the payload is missing
  await jobs.enqueue(ChargeCard);
  // @ts-expect-error the payload has another type
  await jobs.enqueue(ChargeCard, { orderId: 1 });
  // @ts-expect-error the payload has a key too many
  await jobs.enqueue(ChargeCard, { orderId: 'a', x: 1 });
  // @ts-expect-error it takes no payload
  await jobs.enqueue(Cleanup, { a: 1 });
  // @ts-expect-error the kinds do not mix
  await jobs.enqueue(Bill, { kind: 'card', days: 30 });
  // @ts-expect-error a Date arrives as a string
  await jobs.enqueue(WithDate, { at: new Date(), n: 1 });
  // @ts-expect-error a Map arrives empty
  await jobs.enqueue(WithMap, { deep: [{ map: new Map() }] });
  // @ts-expect-error binary data is no JSON
  await jobs.enqueue(WithBuffer, { bytes: Buffer.from('') });
  // @ts-expect-error a bigint is no JSON
  await jobs.enqueue(WithBigint, { n: 1n });
  // @ts-expect-error a function is no JSON
  await jobs.enqueue(WithFunction, { callback: () => undefined });
  // @ts-expect-error no such unit
  await jobs.enqueue(Cleanup, undefined, { delay: '5 minutes' });
  // @ts-expect-error no such option
  await jobs.enqueue(Cleanup, undefined, { jobId: 'mine' });
  // @ts-expect-error not a job
  await jobs.enqueue(Date, {});
}

export async function manyAtOnce(jobs: JobsService): Promise<void> {
  await jobs.enqueueAll(ChargeCard, [{ orderId: 'a' }, { orderId: 'b' }], { delay: '1h' });
  await jobs.enqueueAll(ChargeCard, new Set([{ orderId: 'a' }]), ({ orderId }, i) => ({
    delay: orderId.length * i,
  }));
  // @ts-expect-error one of them is wrong
  await jobs.enqueueAll(ChargeCard, [{ orderId: 'a' }, { order: 'b' }]);
}

export async function hereAndNow(jobs: JobsService): Promise<number> {
  await jobs.perform(Cleanup);
  // @ts-expect-error the payload is missing
  await jobs.perform(ChargeCard);
  return jobs.perform(ChargeCard, { orderId: 'o1' });
}

@Mailer()
class UserMailer {
  readonly sender = 'hello@acme.test';
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: userId, subject: 's', text: 't' };
  }
  async digest(): Promise<Mail> {
    return { to: [{ name: 'A', address: 'a@acme.test' }], subject: 's', html: 'h' };
  }
  async notAMail(): Promise<string> {
    return '';
  }
}

export async function mails(mailers: MailersService): Promise<void> {
  await mailers.for(UserMailer).welcome({ userId: 'u' }).deliverLater({ delay: '5m' });
  await mailers.for(UserMailer).digest().deliverNow();
  // @ts-expect-error the payload is missing
  mailers.for(UserMailer).welcome();
  // @ts-expect-error the payload has another type
  mailers.for(UserMailer).welcome({ userId: 1 });
  // @ts-expect-error no such action
  mailers.for(UserMailer).welcom({ userId: 'u' });
  // @ts-expect-error returns no mail
  mailers.for(UserMailer).notAMail();
  // @ts-expect-error no method
  mailers.for(UserMailer).sender();
  const { welcome } = mailers.for(UserMailer);
  await welcome({ userId: 'u' }).deliverLater({ unique: { by: ['userId'] }, attempts: 3, queue: 'default' });
  await welcome.deliverAllLater([{ userId: 'u' }], { delay: '5m' });
  await welcome.deliverAllLater(new Set([{ userId: 'u' }]), ({ userId }, i) => ({
    delay: userId.length + i,
  }));
  // @ts-expect-error the payload has no such field
  await welcome({ userId: 'u' }).deliverLater({ unique: { by: ['id'] } });
  // @ts-expect-error a payload has another type
  await welcome.deliverAllLater([{ userId: 1 }]);
  // @ts-expect-error one id for all
  await welcome.deliverAllLater([{ userId: 'u' }], { id: 'x' });
  // @ts-expect-error both a delay and a time
  await welcome.deliverAllLater([{ userId: 'u' }], { delay: '5m', at: new Date() });
}

@Mailer({ subjects: { welcome: { en: 'Welcome', ja: 'ようこそ' } }, defaults: { from: 'a@acme.test' } })
export class WithSubjects {
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: userId, attachments: [{ path: 'a.pdf' }, { filename: 'b.txt', content: 'b' }], text: false };
  }
}

// @ts-expect-error no action has this subject
@Mailer({ subjects: { welcom: 'Welcome' } })
export class WithWrongSubject {
  async welcome(): Promise<Mail> {
    return { to: 'a@acme.test' };
  }
}

// @ts-expect-error no such default
@Mailer({ defaults: { form: 'a@acme.test' } })
export class WithWrongDefault {}

export const wrongMails: Mail[] = [
  // @ts-expect-error no recipient
  { subject: 's', text: 't' },
  // @ts-expect-error it has no content
  { to: 'a@acme.test', attachments: [{ filename: 'a.txt' }] },
  // @ts-expect-error a number is no data
  { to: 'a@acme.test', data: 7 },
];
