import { isReadable, type Readable } from 'node:stream';
import { asError } from '../../../jobs/internals.js';
import type { SizeBudget } from '../../mail/mail-size.js';

/**
 * Reads the whole content of a string, of bytes or of a stream.
 *
 * @throws FledgeError `FLEDGE_MAIL_TOO_LARGE` as soon as the content is too large; the stream's error; the signal's reason
 */
export async function readContent(
  content: string | Uint8Array | Readable,
  budget: SizeBudget,
  signal: AbortSignal,
): Promise<Buffer> {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    budget.require(Buffer.byteLength(content));
    return Buffer.from(content);
  }
  if (content?.readableEnded || content?.destroyed || !isReadable(content)) {
    throw new TypeError('it is not a string, not bytes, and not a stream that is still readable');
  }
  const abort = (): void => void content.destroy(asError(signal.reason));
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    const stream: AsyncIterable<Uint8Array> = content;
    // An error in the loop destroys the stream.
    for await (const chunk of stream) {
      // A stream with an encoding yields strings, which `Buffer.from` converts too.
      const bytes = Buffer.from(chunk);
      size += bytes.byteLength;
      budget.require(size);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
