import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { TransporterPlugin } from '../options/nodemailer-options.js';

/** The members of nodemailer's mail that are used here. */
interface NodemailerMail {
  readonly message: { createReadStream(...options: unknown[]): Readable };
}

/** Nodemailer's pool. Nodemailer has no public way to find the socket of a mail. Without these members the timeout does not change. */
interface Pool {
  readonly _connections?: readonly {
    readonly queueEntry?: { readonly mail: unknown } | false;
    readonly connection?: { readonly _socket?: Socket };
  }[];
}

/**
 * Makes a plugin that sets a longer timeout for the server's response after the whole mail. A client that gives up too soon sends
 * accepted mails again. Source: RFC 5321 4.5.3.2.6.
 *
 * @param usual the timeout for every other response, in milliseconds
 * @param last the timeout for the response after the whole mail, in milliseconds
 */
export function waitForLastAnswer(usual: number, last: number): TransporterPlugin {
  return (transporter: {
    readonly transporter: Pool;
    use(step: string, plugin: (mail: NodemailerMail, done: () => void) => void): void;
  }) =>
    transporter.use('stream', (mail, done) => {
      const { message } = mail;
      const read = message.createReadStream.bind(message);
      message.createReadStream = (...options) => {
        const socket = socketOf(transporter.transporter, mail);
        // The socket may still have the timeout of the previous mail.
        socket?.setTimeout(usual);
        return read(...options).once('end', () => socket?.setTimeout(last));
      };
      done();
    });
}

function socketOf({ _connections = [] }: Pool, mail: NodemailerMail): Socket | undefined {
  return _connections.find(({ queueEntry }) => queueEntry && queueEntry.mail === mail)?.connection?._socket;
}
