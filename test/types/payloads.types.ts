/* Payload types that must or must not compile. `test/types.test.ts` compiles this file and never runs it. */
import { Job, schedule, type JobsService } from 'nestjs-fledge';
import { Mailer, type Mail, type MailersService } from 'nestjs-fledge/mailers';
import { assertEnqueued, type TestJobs } from 'nestjs-fledge/testing';

declare namespace Prisma {
  // As in Prisma's client.
  type JsonObject = { [Key in string]?: JsonValue };
  interface JsonArray extends Array<JsonValue> {}
  type JsonValue = string | number | boolean | JsonObject | JsonArray | null;
}

declare namespace TypeFest {
  // As in type-fest.
  type JsonObject = { [Key in string]: JsonValue };
  type JsonArray = JsonValue[] | readonly JsonValue[];
  type JsonValue = string | number | boolean | null | JsonObject | JsonArray;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type ReadonlyJson =
  string | number | boolean | null | readonly ReadonlyJson[] | { readonly [key: string]: ReadonlyJson };

interface Comment {
  text: string;
  replies: Comment[];
  extra?: Json;
}

/** Recursive through arrays alone, with an interface between. */
type Tree = Leaf | Tree[];
interface Leaf {
  value: string;
  siblings: Tree;
}
type Chain = [Leaf, Chain | null];
type Words = (string | Words)[];
interface Row {
  id: number;
  pair: [number, Row] | null;
  range: readonly [from: string, to?: Row];
  list: [number, ...Row[]];
  byName: Record<string, Row>;
  kind: 'a' | 'b';
  id2: string & { readonly brand: 'Id' };
  any: any; // eslint-disable-line typescript/no-explicit-any
  unknown: unknown;
}
enum Level {
  low,
  high,
}
class CreateUserDto {
  name!: string;
  level?: Level;
  friends!: CreateUserDto[];
}

@Job({ unique: true })
class PrismaJob {
  async perform(_payload: {
    webhookId: string;
    body: Prisma.JsonValue;
    more: Prisma.JsonObject;
  }): Promise<void> {}
}
@Job({ unique: false })
class TypeFestJob {
  async perform(_payload: TypeFest.JsonValue): Promise<void> {}
}
@Job({ unique: { by: ['body'] } })
class OwnJob {
  async perform(_payload: { body: Json; readonly also: ReadonlyJson }): Promise<void> {}
}
@Job()
class CommentJob {
  async perform(_payload: Comment): Promise<void> {}
}
@Job()
class TreeJob {
  async perform(_payload: { tree: Tree; chain: Chain; words: Words }): Promise<void> {}
}
@Job()
class RowJob {
  async perform(_payload: Row & { page: number }): Promise<void> {}
}
@Job()
class DtoJob {
  async perform(_payload: CreateUserDto): Promise<void> {}
}
abstract class PageJob<Item> {
  async perform(_payload: { items: Item[]; page: number }): Promise<void> {}
}
@Job()
class CommentPageJob extends PageJob<Comment> {}

@Mailer()
class WebhookMailer {
  async report(_payload: { body: Prisma.JsonValue; own: Json }): Promise<Mail> {
    return { to: 'a@acme.test', text: 'x' };
  }
}

interface Values {
  readonly prisma: Prisma.JsonValue;
  readonly object: Prisma.JsonObject;
  readonly typeFest: TypeFest.JsonValue;
  readonly own: Json;
  readonly readonly: ReadonlyJson;
  readonly comment: Comment;
  readonly tree: { tree: Tree; chain: Chain; words: Words };
  readonly row: Row & { page: number };
}

export async function everyKindOfJson(
  jobs: JobsService,
  mailers: MailersService,
  values: Values,
): Promise<void> {
  await jobs.enqueue(
    PrismaJob,
    { webhookId: 'w', body: values.prisma, more: values.object },
    { unique: true },
  );
  await jobs.enqueue(PrismaJob, { webhookId: 'w', body: [1, { a: null }], more: {} }, { unique: false });
  await jobs.enqueue(TypeFestJob, values.typeFest);
  await jobs.enqueue(OwnJob, { body: values.own, also: values.readonly }, { unique: { by: ['also'] } });
  await jobs.enqueueAll(OwnJob, [{ body: values.own, also: 1 }], { unique: true });
  await jobs.perform(CommentJob, values.comment);
  await jobs.enqueue(TreeJob, values.tree);
  await jobs.enqueue(RowJob, values.row);
  await jobs.enqueue(DtoJob, new CreateUserDto());
  await jobs.enqueue(CommentPageJob, { items: [values.comment], page: 1 });
  await mailers
    .for(WebhookMailer)
    .report({ body: values.prisma, own: values.own })
    .deliverLater({ unique: true });

  // @ts-expect-error not JSON's own type
  await jobs.enqueue(OwnJob, { body: new Map(), also: 1 });
  // @ts-expect-error a field is missing
  await jobs.enqueue(CommentJob, { text: 'x' });
}

export const nightly = schedule(OwnJob, { body: { a: [1] }, also: null }, { name: 'nightly', every: '1d' });

export function inTests(jobs: TestJobs, values: Values): void {
  assertEnqueued(jobs, PrismaJob, { payload: { body: values.prisma }, unique: true });
  assertEnqueued(jobs, OwnJob, { payload: { body: { a: [/x/] } } });
  assertEnqueued(jobs, TypeFestJob, { payload: values.typeFest });
  assertEnqueued(jobs, TreeJob, { payload: { words: ['a', ['b']] } });
  assertEnqueued(jobs, CommentJob, { payload: { replies: [{ text: /x/ }] } });
}

// @ts-expect-error a schedule's jobs are not unique
@Job({ every: '1d', unique: true })
export class UniqueTick {
  async perform(): Promise<void> {}
}

// @ts-expect-error true, false or an object
@Job({ unique: 'yes' })
export class UniqueWord {
  async perform(): Promise<void> {}
}
