import type { Readable } from 'node:stream';
import { checkList, checkText, fieldLimits, kindOf, reading, type Refuse } from './field-limits.js';

/** All forms of an attachment in one, with the types checked. */
export type AttachmentFields = Partial<Record<keyof typeof texts, string>> & {
  readonly content?: string | Uint8Array | Readable;
};

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
  if (typeof attachment !== 'object' || attachment === null) {
    return refuse(`${which} is ${kindOf(attachment)}. Use an object`);
  }
  const valueOf = (name: string): unknown => {
    const value = reading(`${which}.${name}`, refuse, () => (attachment as Record<string, unknown>)[name]);
    return value === null ? undefined : value;
  };
  const given = Object.entries(texts).flatMap(([name, most]) => {
    const value = valueOf(name);
    return value === undefined ? [] : [[name, checkText(value, `${which}.${name}`, most, refuse)]];
  });
  const checked: AttachmentFields = Object.fromEntries(given);
  const content = valueOf('content');
  if (content === undefined) return checked;
  if (!reading(`${which}.content`, refuse, () => isContent(content))) {
    refuse(`${which}.content is ${kindOf(content)}. Use a string, a Buffer or a stream`);
  }
  return { ...checked, content: content as NonNullable<AttachmentFields['content']> };
}

function isContent(value: unknown): boolean {
  if (typeof value === 'string' || value instanceof Uint8Array) return true;
  // A stream: whether it can still be read is known when it is read.
  return (
    typeof value === 'object' && value !== null && typeof (value as { pipe?: unknown }).pipe === 'function'
  );
}
