import { createHash } from 'node:crypto';
import type { JsonValue } from '../../jobs/index.js';
import { recipientsOf } from '../mail/mail-transport.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';

/** Returns the digests of addresses for a job's note, which holds no addresses. Each has 8 characters, so two thousand fit. */
export function digests(addresses: readonly string[]): string {
  return addresses.map(digest).join('');
}

/** Returns the recipients that the server deferred in an earlier attempt. Undefined: there is no note, so the mail goes to all recipients. */
export function deferredRecipients(mail: OutgoingMail, noted: JsonValue | undefined): string[] | undefined {
  if (typeof noted !== 'string') return undefined;
  const deferred = new Set(noted.match(/.{8}/g));
  return recipientsOf(mail).filter((address) => deferred.has(digest(address)));
}

function digest(address: string): string {
  return createHash('sha256').update(address.toLowerCase()).digest('base64url').slice(0, 8);
}
