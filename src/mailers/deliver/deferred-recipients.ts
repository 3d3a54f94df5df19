import { createHash } from 'node:crypto';
import type { JsonValue } from '../../jobs/index.js';
import { recipientsOf } from '../mail/mail-transport.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';

/** Notes about recipients hold no addresses: 8 characters for each, so that two thousand fit. */
export function fingerprints(addresses: readonly string[]): string {
  return addresses.map(fingerprint).join('');
}

/** Whom a mail goes to now: those that the server put off the last time, or undefined for everybody. */
export function putOff(mail: OutgoingMail, noted: JsonValue | undefined): string[] | undefined {
  if (typeof noted !== 'string') return undefined;
  const waiting = new Set(noted.match(/.{8}/g));
  return recipientsOf(mail).filter((address) => waiting.has(fingerprint(address)));
}

function fingerprint(address: string): string {
  return createHash('sha256').update(address.toLowerCase()).digest('base64url').slice(0, 8);
}
