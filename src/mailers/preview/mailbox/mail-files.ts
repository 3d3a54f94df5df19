import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

export interface MailFile {
  readonly name: string;
  readonly writtenAt: number;
}

/** The size of the largest mail that is shown, in bytes. Servers accept no larger mails. */
const sizeLimit = 64 * 1_048_576;

// Opens no link, even if the file became one after it was listed. Does not wait for the writer of a pipe. Windows lacks both.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * The .eml files of a directory. Only regular files are mails. Folders, pipes and links are skipped, because a link may
 * lead out of the directory.
 */
export class MailFiles {
  constructor(readonly path: string) {}

  /** Returns the files, the newest first. Returns none if there is no directory, because the first mail creates it. */
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

  /** Returns the beginning of a file, or undefined if it no longer exists. */
  async readHead(file: MailFile, bytes: number): Promise<Buffer | undefined> {
    return this.read(file, (size) => Math.min(size, bytes));
  }

  /** Returns a whole file, or undefined if it no longer exists. Rejects if it is too large. */
  async readWhole(file: MailFile): Promise<Buffer | undefined> {
    return this.read(file, (size) => {
      if (size <= sizeLimit) return size;
      throw new Error(`${file.name} has ${size} bytes. The mailbox shows mails of up to ${sizeLimit} bytes.`);
    });
  }

  private async find(name: string): Promise<MailFile | undefined> {
    // Skips a file that was removed in the meantime.
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

/** A file may have been removed since it was listed. It may also have become a link (ELOOP) or a socket (ENXIO). */
const missingCodes: ReadonlySet<unknown> = new Set(['ENOENT', 'ELOOP', 'ENXIO']);

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && missingCodes.has(error.code);
}
