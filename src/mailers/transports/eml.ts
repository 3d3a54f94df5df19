import { buffer } from 'node:stream/consumers';
import { loadNodemailer, toNodemailer } from './nodemailer.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';

/** Returns the content of an .eml file: the message that a server would receive. */
export async function toEml(mail: OutgoingMail): Promise<Buffer> {
  const { createTransport } = await loadNodemailer();
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(
    toNodemailer(mail),
  );
  return Buffer.isBuffer(message) ? message : buffer(message);
}
