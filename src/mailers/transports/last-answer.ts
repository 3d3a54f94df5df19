import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { TransporterPlugin } from '../options/nodemailer-options.js';

/** A mail in nodemailer's hands, as far as we look. */
interface MailInHand {
  readonly message: { createReadStream(...options: unknown[]): Readable };
}

/** Nodemailer's pool. It has no public word for the socket that a mail goes over; without these it has one time for all. */
interface Pool {
  readonly _connections?: readonly {
    readonly queueEntry?: { readonly mail: unknown } | false;
    readonly connection?: { readonly _socket?: Socket };
  }[];
}

/**
 * Gives a server another time to answer once it has the whole mail than for any other silence. Whoever gives up too soon
 * there sends again what the server has taken, and again: RFC 5321 4.5.3.2.6.
 *
 * @param silence for everything before, in milliseconds
 * @param answer for that answer, in milliseconds
 */
export function waitingForTheLastAnswer(silence: number, answer: number): TransporterPlugin {
  return (transporter: {
    readonly transporter: Pool;
    use(step: string, plugin: (mail: MailInHand, done: () => void) => void): void;
  }) =>
    transporter.use('stream', (mail, done) => {
      const { message } = mail;
      const read = message.createReadStream.bind(message);
      message.createReadStream = (...options) => {
        const socket = socketOf(transporter.transporter, mail);
        // It is still that of the mail before.
        socket?.setTimeout(silence);
        return read(...options).once('end', () => socket?.setTimeout(answer));
      };
      done();
    });
}

function socketOf({ _connections = [] }: Pool, mail: MailInHand): Socket | undefined {
  return _connections.find(({ queueEntry }) => queueEntry && queueEntry.mail === mail)?.connection?._socket;
}
