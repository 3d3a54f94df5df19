import { types } from 'node:util';
import type { Type } from '@nestjs/common';
import type { OutgoingAttachment, ParsedAddress } from '../../mailers/index.js';
import { storedMailerName } from '../../mailers/internals.js';
import { aspectsOf, unless, type Aspect, type Compare } from './aspects.js';
import { check, type Check } from './check.js';
import { checkOptions, checkRecorded } from './check-options.js';
import { describeEnqueuedMail, describeSent } from './describe.js';
import type {
  DeliveredExpectation,
  EnqueuedExpectation,
  ExpectedAttachment,
  ExpectedText,
} from './expectations.js';
import { deliveredHints, mailEnqueuedHints } from './hints.js';
import { enqueuedAspects, enqueuedNames, payloadAspect } from './job-checks.js';
import { matches } from './matching.js';
import type { EnqueuedMail, Recorded, SentMail } from '../records/recorded.js';
import { show } from './show.js';
import { addressedTo, containing, including, showAddresses } from './text-aspects.js';

/** @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID` */
export function checkMailEnqueued(
  jobs: Recorded,
  mailer: Type<object>,
  action: string,
  expected: EnqueuedExpectation,
  who: string,
): Check {
  checkRecorded(jobs, who);
  checkOptions(expected, enqueuedNames, who);
  const name = storedMailerName(mailer, action);
  return check<EnqueuedMail>({
    subject: `${mailer.name}.${action}`,
    verb: 'enqueued',
    records: jobs.enqueuedMails(),
    isKind: (mail) => mail.mailer === name && mail.action === action,
    aspects: [...payloadAspect(expected), ...enqueuedAspects(expected, who)],
    times: expected.times,
    describe: describeEnqueuedMail,
    hints: () => mailEnqueuedHints(jobs, name, action),
  });
}

const mailAspect = aspectsOf<SentMail>();
const deliveredNames = [
  'to',
  'cc',
  'bcc',
  'from',
  'subject',
  'text',
  'html',
  'link',
  'attachment',
  'mailer',
  'action',
  'locale',
];

/** @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, `FLEDGE_OPTION_INVALID` */
export function checkDelivered(jobs: Recorded, expected: DeliveredExpectation, who: string): Check {
  checkRecorded(jobs, who);
  checkOptions(expected, deliveredNames, who);
  return check({
    subject: 'a mail',
    verb: 'delivered',
    records: jobs.sentMails(),
    isKind: () => true,
    aspects: deliveredAspects(expected),
    times: expected.times,
    describe: describeSent,
    hints: () => deliveredHints(jobs),
  });
}

function deliveredAspects(expected: DeliveredExpectation): Aspect<SentMail>[] {
  const { mailer, action }: { mailer?: Type<object>; action?: string } = expected;
  return [
    ...mailAspect('mailer', mailer && storedMailerName(mailer, action), (mail) => mail.mailer),
    ...mailAspect('action', action, (mail) => mail.action),
    ...mailAspect('to', expected.to, ({ to }) => addresses(to), addressedTo, showAddresses),
    ...mailAspect('cc', expected.cc, ({ cc }) => addresses(cc), addressedTo, showAddresses),
    ...mailAspect('bcc', expected.bcc, ({ bcc }) => addresses(bcc), addressedTo, showAddresses),
    ...mailAspect('from', expected.from, ({ from }) => addresses([from]), addressedTo, showAddresses),
    ...mailAspect('subject', expected.subject, ({ subject }) => subject),
    ...mailAspect('text', expected.text, ({ text }) => text, containing),
    ...mailAspect('html', expected.html, ({ html }) => html, containing),
    ...mailAspect('link', expected.link, ({ links }) => links, including),
    ...mailAspect('attachment', expected.attachment, ({ attachments }) => attachments, attached),
    ...mailAspect('locale', expected.locale, ({ locale }) => locale),
  ];
}

function addresses(parsed: readonly ParsedAddress[]): string[] {
  return parsed.map(({ address }) => address.toLowerCase());
}

const attached: Compare<readonly OutgoingAttachment[], ExpectedAttachment> = (attachments, wanted, name) =>
  unless(
    attachments.some((attachment) => isAttachment(attachment, wanted)),
    name,
    attachments.map(describeAttachment).join(', ') || 'none',
    show(wanted),
  );

function isAttachment(attachment: OutgoingAttachment, wanted: ExpectedAttachment): boolean {
  if (typeof wanted === 'string' || types.isRegExp(wanted)) return matches(attachment.filename, wanted);
  if (typeof wanted === 'function' || 'asymmetricMatch' in wanted) return matches(attachment, wanted);
  const { content, ...rest } = wanted;
  return (
    matches({ ...attachment }, rest) && (content === undefined || isContent(attachment.content, content))
  );
}

function isContent(
  actual: Buffer,
  wanted: ExpectedText | Uint8Array | ((content: Buffer) => boolean),
): boolean {
  if (typeof wanted === 'string') return actual.includes(wanted);
  if (types.isUint8Array(wanted)) return actual.equals(wanted);
  return matches(types.isRegExp(wanted) ? actual.toString() : actual, wanted);
}

function describeAttachment({ filename, cid, contentType, content }: OutgoingAttachment): string {
  const type = contentType === undefined ? '' : `${contentType}, `;
  return `${show(filename ?? cid)} (${type}${content.byteLength} B)`;
}
