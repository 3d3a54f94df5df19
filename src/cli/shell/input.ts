import { UsageError } from './usage-error.js';

/** In bytes. No store takes a payload of this size. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Reads a text to its end, such as the standard input.
 *
 * @param source yields bytes
 * @throws UsageError for text that is not UTF-8, and for more than 64 MiB
 */
export async function readText(source: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > mostBytes)
      throw new UsageError('The standard input has more than 64 MiB. Pass a smaller payload.');
    chunks.push(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new UsageError(
      'The standard input is not UTF-8 text. Convert it, or pass the payload as an argument.',
    );
  }
}
