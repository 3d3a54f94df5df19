import type { Readable } from 'node:stream';
import { isObject } from '../../jobs/internals.js';
import {
  checkList,
  checkText,
  fieldLimits,
  kindOf,
  reading,
  refuseUnknown,
  type Refuse,
} from './field-limits.js';
import type { MailAlternative } from './mail-attachment.js';

/** The fields of an attachment in any form, with their types checked. */
export type AttachmentFields = Partial<Record<keyof typeof texts, string>> & {
  readonly content?: AttachmentContent;
};

type AttachmentContent = string | Uint8Array | Readable;

const texts = {
  filename: fieldLimits.filename,
  contentType: fieldLimits.contentType,
  cid: fieldLimits.cid,
  path: fieldLimits.path,
  ref: fieldLimits.ref,
  href: fieldLimits.href,
} as const;

const known = [...Object.keys(texts), 'content', 'encoding'];

/** Advice about the fields of nodemailer's and other libraries' attachments. */
const advice = {
  contentDisposition:
    'With cid, an attachment is shown in the html. Without cid, it is in the list of attachments',
  contentId: 'Use cid',
  name: 'Use filename',
  type: 'Use contentType',
  url: 'Use href',
  raw: 'Use content',
};

/**
 * Checks the types and lengths of attachments, and returns a copy.
 *
 * @throws what `refuse` throws
 */
export function parseAttachmentFields(value: unknown, field: string, refuse: Refuse): AttachmentFields[] {
  const list = checkList(value, field, fieldLimits.attachments, refuse);
  return list.map((attachment, i) => fieldsOf(attachment, `${field}[${i}]`, refuse));
}

function fieldsOf(attachment: unknown, which: string, refuse: Refuse): AttachmentFields {
  if (!isObject(attachment)) return refuse(`${which} is ${kindOf(attachment)}. Use an object`);
  const valueOf = (name: string): unknown => {
    const value = reading(`${which}.${name}`, refuse, () => attachment[name]);
    return value === null ? undefined : value;
  };
  const given = Object.entries(texts).flatMap(([name, most]) => {
    const value = valueOf(name);
    return value === undefined ? [] : [[name, checkText(value, `${which}.${name}`, most, refuse)]];
  });
  const checked: AttachmentFields = Object.fromEntries(given);
  reading(which, refuse, () => refuseUnknown(attachment, which, known, advice, refuse));
  const [content, encoding] = [valueOf('content'), valueOf('encoding')];
  const read = (): AttachmentContent =>
    encoding === undefined ? checkContent(content, which, refuse) : decode(content, encoding, which, refuse);
  if (content === undefined && encoding === undefined) return checked;
  return { ...checked, content: reading(`${which}.content`, refuse, read) };
}

/** What is wrong with a text in an encoding, as sentences. Node would leave out a part of the text without an error. */
const faultOf: Partial<Record<string, (content: string, name: string) => string | undefined>> = {
  base64: faultOfBase64,
  base64url: faultOfBase64,
  hex: (content) =>
    /[^A-Fa-f0-9]/.test(content) || content.length % 2 === 1
      ? 'is not hex. Pass two digits for each byte, and nothing else'
      : undefined,
  ascii: (content, name) => faultOfCharacters(content, name, 0x7f),
  latin1: (content, name) => faultOfCharacters(content, name, 0xff),
  binary: (content, name) => faultOfCharacters(content, name, 0xff),
};

function faultOfBase64(content: string, name: string): string | undefined {
  const digits = content.replace(/\s/g, '').replace(/={1,2}$/, '');
  if (!/[^A-Za-z0-9+/_-]/.test(digits) && digits.length % 4 !== 1) return undefined;
  return `is not ${name}. Pass only the encoded text, without the start of a data: URL. Join the bytes of several texts before you encode them`;
}

function faultOfCharacters(content: string, name: string, last: number): string | undefined {
  for (let i = 0; i < content.length; i += 1)
    if (content.charCodeAt(i) > last) return `has a character that ${name} does not have. Use utf8`;
  return undefined;
}

function decode(content: unknown, encoding: unknown, which: string, refuse: Refuse): Buffer {
  const name = typeof encoding === 'string' ? encoding.toLowerCase() : '';
  if (!Buffer.isEncoding(name))
    return refuse(`${which}.encoding is not an encoding of Node. Use an encoding such as 'base64' or 'hex'`);
  if (typeof content !== 'string') {
    return refuse(
      `${which} has an encoding, and its content is ${kindOf(content)}. Use encoding only with a string`,
    );
  }
  const fault = faultOf[name]?.(content, name);
  if (fault !== undefined) return refuse(`${which}.content ${fault}`);
  return Buffer.from(content, name);
}

function checkContent(content: unknown, which: string, refuse: Refuse): AttachmentContent {
  if (typeof content === 'string' || content instanceof Uint8Array || isStream(content)) return content;
  return refuse(`${which}.content is ${kindOf(content)}. Use a string, a Buffer or a stream`);
}

/** Reading the stream shows whether it can still be read. */
function isStream(value: unknown): value is Readable {
  return isObject(value) && typeof value.pipe === 'function';
}

/**
 * Checks the alternatives of a mail, and returns a copy.
 *
 * @throws what `refuse` throws
 */
export function parseAlternatives(value: unknown, field: string, refuse: Refuse): MailAlternative[] {
  const list = checkList(value, field, fieldLimits.alternatives, refuse);
  const alternatives = list.map((alternative, i) => alternativeOf(alternative, `${field}[${i}]`, refuse));
  const second = alternatives.filter(isAmp)[1];
  if (second)
    refuse(
      `${field}[${alternatives.indexOf(second)}] is a second text/x-amp-html. A mail can have only one. Remove the others`,
    );
  return alternatives;
}

/** Returns whether an alternative is the mail in AMP. */
export function isAmp({ contentType }: MailAlternative): boolean {
  return /^text\/x-amp-html\b/i.test(contentType);
}

function alternativeOf(alternative: unknown, which: string, refuse: Refuse): MailAlternative {
  if (!isObject(alternative)) return refuse(`${which} is ${kindOf(alternative)}. Use an object`);
  refuseUnknown(alternative, which, ['contentType', 'content'], {}, refuse);
  const type = checkText(alternative.contentType, `${which}.contentType`, fieldLimits.contentType, refuse);
  if (!isContentType(type) || /^(multipart|message)\//i.test(type))
    refuse(`${which}.contentType cannot be used. Use a type such as 'text/calendar; method=REQUEST'`);
  if (/^text\/(plain|html)\b/i.test(type))
    refuse(`${which} is plain text or html. Use the field text or html`);
  if (/charset=/i.test(type) && !/charset="?utf-8\b/i.test(type))
    refuse(`${which}.contentType has another charset than UTF-8, which every mail is written in. Remove it`);
  // `SizeBudget` limits the size of the whole mail.
  return { contentType: type, content: checkText(alternative.content, `${which}.content`, Infinity, refuse) };
}

/** Whether a text is a MIME type, with its parameters. */
export function isContentType(text: string): boolean {
  return /^[\w.+-]+\/[\w.+-]+(; *[\w-]+=("[\w .+:/-]*"|[\w.+:/-]+))*$/.test(text);
}
