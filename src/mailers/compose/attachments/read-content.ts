import { isReadable, type Readable } from 'node:stream';
import type { SizeBudget } from '../../mail/mail-size.js';

/**
 * The whole of a string, of bytes or of a stream.
 *
 * @throws FledgeError `FLEDGE_MAIL_TOO_LARGE` as soon as it is known; the stream's own error; the signal's reason
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
    throw new TypeError('it is not a string, not bytes, and not a stream that can still be read');
  }
  const abort = (): void => void content.destroy(signal.reason as Error);
  signal.throwIfAborted();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    // Leaving the loop by an error destroys the stream.
    for await (const chunk of content as AsyncIterable<string | Uint8Array>) {
      const bytes = Buffer.from(chunk as Uint8Array);
      size += bytes.byteLength;
      budget.require(size);
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
