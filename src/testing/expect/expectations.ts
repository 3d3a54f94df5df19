import type { Type } from '@nestjs/common';
import type { Duration } from '../../jobs/values/duration.js';
import type { PayloadOf, Performable, ResultOf } from '../../jobs/job/job.js';
import type { MailAction, MailAddress, MailerActions, OutgoingAttachment } from '../../mailers/index.js';
import type { AsymmetricMatcher } from './asymmetric-matcher.js';
import type { PerformedJob } from '../records/recorded.js';

/**
 * The expected value, or the part of it that matters. At any depth it can be a RegExp for text, a predicate, or a matcher
 * of Vitest or Jest such as `expect.any(String)`.
 */
export type Expected<Value> = AsymmetricMatcher | ((value: Value) => boolean) | Shape<Value>;

type Shape<Value> = unknown extends Value
  ? unknown
  : Value extends string
    ? Value | RegExp
    : Value extends Date
      ? Date
      : Value extends readonly unknown[]
        ? { readonly [Index in keyof Value]: Expected<Value[Index]> }
        : Value extends object
          ? { readonly [Key in keyof Value]?: Expected<Value[Key]> }
          : Value;

/** Expected text: a string, a RegExp, a predicate or a matcher. Each field documents how it compares a string. */
export type ExpectedText = string | RegExp | AsymmetricMatcher | ((text: string) => boolean);

/** The expected number of matches. */
export interface Times {
  /** The exact number of matches. @default at least one */
  readonly times?: number;
}

/** The expected options of an enqueued job. A missing or undefined option matches anything. */
export interface EnqueuedOptions extends Times {
  readonly queue?: string;
  /** How long from now the job is due by the kit's clock, to the second. 0 means that it is due. */
  readonly delay?: Duration;
  /** When the job is due, as a Date or in milliseconds since 1970, to the second. */
  readonly at?: Date | number;
  readonly priority?: number;
  /** True if the job is unique. No other job with its key can be enqueued until its lock ends. */
  readonly unique?: boolean;
}

/** The expected payload and options of an enqueued job. */
export interface EnqueuedExpectation<Payload = unknown> extends EnqueuedOptions {
  readonly payload?: Expected<Payload>;
}

/** The expected result of an attempt. A missing or undefined field matches anything. */
export interface PerformedOptions<Result = unknown> extends Times {
  readonly outcome?: PerformedJob['outcome']['kind'];
  /**
   * The error or reason with which the attempt failed, or was killed, discarded or snoozed. A string is a part of the
   * message. A RegExp is tested against the message. A class matches its instances and those of its subclasses.
   */
  readonly error?:
    | string
    | RegExp
    | AsymmetricMatcher
    | ((error: Error) => boolean)
    | (abstract new (...values: never[]) => Error);
  /** The number of the attempt. The first is 1. */
  readonly attempt?: number;
  /** The return value of `perform`. */
  readonly result?: Expected<Result>;
}

/** The expected payload and result of an attempt at a job. */
export interface PerformedExpectation<J extends Performable = Performable> extends PerformedOptions<
  ResultOf<J>
> {
  readonly payload?: Expected<PayloadOf<J>>;
}

/** The name of one of a mailer's actions. */
export type ActionOf<M extends object> = keyof MailerActions<M> & string;

/** The payload of a mailer's action. */
export type MailPayloadOf<M extends object, Action extends ActionOf<M>> = PayloadOf<{
  perform: Extract<M[Action], MailAction>;
}>;

/** An expected address. Case is ignored, and so is a name before the address. */
export type ExpectedAddress = MailAddress | RegExp | AsymmetricMatcher | ((address: string) => boolean);

/** One address must be among the recipients. A list must contain all of them, in any order; `[]` means no recipients. */
export type ExpectedAddresses = ExpectedAddress | readonly ExpectedAddress[];

/** An expected attachment. A string is compared with its name, and a RegExp is tested against its name. */
export type ExpectedAttachment =
  | string
  | RegExp
  | AsymmetricMatcher
  | ((attachment: OutgoingAttachment) => boolean)
  | {
      readonly filename?: ExpectedText;
      readonly contentType?: ExpectedText;
      readonly cid?: ExpectedText;
      /** A string is a part of the content. A RegExp is tested against it as UTF-8. Bytes are the whole content. */
      readonly content?: string | RegExp | Uint8Array | AsymmetricMatcher | ((content: Buffer) => boolean);
    };

/** The expected properties of a sent mail. A missing or undefined field matches anything. */
export interface DeliveredExpectation<M extends object = object> extends Times {
  readonly to?: ExpectedAddresses;
  readonly cc?: ExpectedAddresses;
  readonly bcc?: ExpectedAddresses;
  readonly from?: ExpectedAddress;
  /** A string is the whole subject. */
  readonly subject?: ExpectedText;
  /** A string is a part of the text. */
  readonly text?: ExpectedText;
  /** A string is a part of the HTML source, with its escapes. */
  readonly html?: ExpectedText;
  /** One of its links, from HTML or text. A string is the whole URL. */
  readonly link?: ExpectedText;
  /** One of its attachments. */
  readonly attachment?: ExpectedAttachment;
  readonly mailer?: Type<M>;
  /** One of the actions of `mailer`. */
  readonly action?: ActionOf<M>;
  /** The language for which its templates were chosen. */
  readonly locale?: string;
}
