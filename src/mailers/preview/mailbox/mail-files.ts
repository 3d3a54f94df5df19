import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

export interface MailFile {
  readonly name: string;
  readonly writtenAt: number;
}

/** The largest mail that is shown, in bytes. Servers take no larger ones. */
const largest = 64 * 1_048_576;

// Opens no link, even if the file became one after it was listed, and does not wait for a pipe's writer. Windows lacks both.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The .eml files of a directory. Only regular files count: a folder, a pipe or a link, which may lead out of the
 * directory, is not a mail.
 */
export class MailFiles {
  constructor(readonly path: string) {}

  /** The newest first. Empty while there is no directory: the first mail creates it. */
  async list(): Promise<MailFile[]> {
    const names = await readdir(this.path).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const files = await Promise.all(
      names.filter((name) => name.endsWith('.eml')).map((name) => this.find(name)),
    );
    return files
      .flatMap((file) => file ?? [])
      .sort((a, b) => b.writtenAt - a.writtenAt || a.name.localeCompare(b.name));
  }

  /** Returns the beginning of a file, or undefined when it is no longer there. */
  async readHead(file: MailFile, bytes: number): Promise<Buffer | undefined> {
    return this.read(file, (size) => Math.min(size, bytes));
  }

  /** Returns a whole file, or undefined when it is no longer there. Rejects when it is too large to be shown. */
  async readWhole(file: MailFile): Promise<Buffer | undefined> {
    return this.read(file, (size) => {
      if (size <= largest) return size;
      throw new Error(`${file.name} has ${size} bytes. The mailbox shows mails of up to ${largest} bytes.`);
    });
  }

  private async find(name: string): Promise<MailFile | undefined> {
    // A file that was removed in the meantime is not listed.
    const file = await lstat(join(this.path, name)).catch(() => undefined);
    return file?.isFile() ? { name, writtenAt: file.mtimeMs } : undefined;
  }

  private async read({ name }: MailFile, amount: (size: number) => number): Promise<Buffer | undefined> {
    const file = await open(join(this.path, name), flags).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (!file) return undefined;
    try {
      const found = await file.stat();
      if (!found.isFile()) return undefined;
      const bytes = amount(found.size);
      if (bytes === 0) return Buffer.alloc(0);
      return await buffer(file.createReadStream({ start: 0, end: bytes - 1, autoClose: false }));
    } finally {
      await file.close();
    }
  }
}

/** Returns whether a file is gone. It may also have become a link (ELOOP) or a socket (ENXIO) since it was listed. */
function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');
}
