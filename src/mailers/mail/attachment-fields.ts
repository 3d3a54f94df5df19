import type { Readable } from 'node:stream';
import { isObject } from '../../jobs/internals.js';
import { checkList, checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';

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
  const content = valueOf('content');
  if (content === undefined) return checked;
  return {
    ...checked,
    content: reading(`${which}.content`, refuse, () => checkContent(content, which, refuse)),
  };
}

function checkContent(content: unknown, which: string, refuse: Refuse): AttachmentContent {
  if (typeof content === 'string' || content instanceof Uint8Array || isStream(content)) return content;
  return refuse(`${which}.content is ${kindOf(content)}. Use a string, a Buffer or a stream`);
}

/** Reading the stream shows whether it can still be read. */
function isStream(value: unknown): value is Readable {
  return isObject(value) && typeof value.pipe === 'function';
}
