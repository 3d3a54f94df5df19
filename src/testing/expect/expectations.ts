import type { Type } from '@nestjs/common';
import type { Duration } from '../../jobs/values/duration.js';
import type { PayloadOf, Performable, ResultOf } from '../../jobs/job/job.js';
import type { MailAction, MailAddress, MailerActions, OutgoingAttachment } from '../../mailers/index.js';
import type { AsymmetricMatcher } from './asymmetric-matcher.js';
import type { PerformedJob } from '../records/recorded.js';

/**
 * What is expected of a value: the value, or as much of it as matters; a RegExp for text; a predicate; a matcher such as
 * `expect.any(String)` of Vitest or Jest. At any depth.
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

/** Text that is tested: a RegExp, a predicate or a matcher; what a string means, each field says. */
export type ExpectedText = string | RegExp | AsymmetricMatcher | ((text: string) => boolean);

/** How often. */
export interface Times {
  /** Exactly so many. @default at least one */
  readonly times?: number;
}

/** What is expected of an enqueued job beside its class and payload. What is left out, or undefined, may be anything. */
export interface EnqueuedOptions extends Times {
  readonly queue?: string;
  /** How long from now it is due, by the kit's clock; to the second. 0: it is due. */
  readonly delay?: Duration;
  /** When it is due: a Date, or milliseconds since 1970; to the second. */
  readonly at?: Date | number;
  readonly priority?: number;
  /** Whether no other job like it may be enqueued meanwhile. */
  readonly unique?: boolean;
}

/** What is expected of an enqueued job. */
export interface EnqueuedExpectation<Payload = unknown> extends EnqueuedOptions {
  readonly payload?: Expected<Payload>;
}

/** What is expected of an attempt beside its class and payload. What is left out, or undefined, may be anything. */
export interface PerformedOptions<Result = unknown> extends Times {
  readonly outcome?: PerformedJob['outcome']['kind'];
  /**
   * What it failed with, was killed, discarded or snoozed for. A string is part of the message, a RegExp is tested against
   * it; a class is the error's, or one that the error's extends.
   */
  readonly error?:
    | string
    | RegExp
    | AsymmetricMatcher
    | ((error: Error) => boolean)
    | (abstract new (...values: never[]) => Error);
  /** 1 for the first. */
  readonly attempt?: number;
  /** What `perform` returned. */
  readonly result?: Expected<Result>;
}

/** What is expected of an attempt at a job. */
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

/** An address, in whatever case; a name before it does not count. */
export type ExpectedAddress = MailAddress | RegExp | AsymmetricMatcher | ((address: string) => boolean);

/** An address that is among them; a list: these and no others, in any order. `[]`: nobody. */
export type ExpectedAddresses = ExpectedAddress | readonly ExpectedAddress[];

/** What is expected of a file in a mail. A string is its name, as is a RegExp's text. */
export type ExpectedAttachment =
  | string
  | RegExp
  | AsymmetricMatcher
  | ((attachment: OutgoingAttachment) => boolean)
  | {
      readonly filename?: ExpectedText;
      readonly contentType?: ExpectedText;
      readonly cid?: ExpectedText;
      /** A string is part of it, a RegExp is tested against it as UTF-8; bytes are all of it. */
      readonly content?: string | RegExp | Uint8Array | AsymmetricMatcher | ((content: Buffer) => boolean);
    };

/** What is expected of a mail that was sent. What is left out, or undefined, may be anything. */
export interface DeliveredExpectation<M extends object = object> extends Times {
  readonly to?: ExpectedAddresses;
  readonly cc?: ExpectedAddresses;
  readonly bcc?: ExpectedAddresses;
  readonly from?: ExpectedAddress;
  /** A string is the whole subject. */
  readonly subject?: ExpectedText;
  /** A string is part of the text. */
  readonly text?: ExpectedText;
  /** A string is part of the html, as it stands there: escaped. */
  readonly html?: ExpectedText;
  /** One of its links, of html or text. A string is the whole address. */
  readonly link?: ExpectedText;
  /** One of its attachments. */
  readonly attachment?: ExpectedAttachment;
  readonly mailer?: Type<M>;
  /** One of `mailer`'s. */
  readonly action?: ActionOf<M>;
  /** The language that its templates were chosen for. */
  readonly locale?: string;
}
