import { loadNodemailer, toNodemailer } from './nodemailer.js';
import type { OutgoingMail } from '../mail/outgoing-mail.js';

/** The message that a server would get, as .eml files hold it. */
export async function toEml(mail: OutgoingMail): Promise<Buffer> {
  const { createTransport } = await loadNodemailer();
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(
    toNodemailer(mail),
  );
  return message as Buffer;
}
