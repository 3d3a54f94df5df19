import { createHash } from 'node:crypto';
import { FledgeError } from '../../../jobs/index.js';
import { asError } from '../../../jobs/internals.js';
import { MailFiles, type MailFile } from './mail-files.js';
import { listLimit, type Mailbox, type MailboxEntry, type MailboxListing } from './mailbox.js';
import { showEml } from './show-eml.js';
import type { ShownMail } from '../mails/shown-mail.js';

/** How much of each file is read for the list, in bytes. A mail's headers are shorter. */
const headSize = 256 * 1_024;

/** The .eml files of a directory. Any process may have written them. */
export class FileMailbox implements Mailbox {
  private readonly directory: MailFiles;
  /** The entries by name and time, so that a poll reads no file again. */
  private entries: ReadonlyMap<string, MailboxEntry> = new Map();

  constructor(directory: string) {
    this.directory = new MailFiles(directory);
  }

  get description(): string {
    return this.directory.path;
  }

  async list(): Promise<MailboxListing> {
    const files = await this.directory.list();
    const read = await Promise.all(
      files.slice(0, listLimit).map(async (file) => [keyOf(file), await this.entryOf(file)] as const),
    );
    this.entries = new Map(read.flatMap(([key, entry]) => (entry ? [[key, entry] as const] : [])));
    return { entries: [...this.entries.values()], total: files.length };
  }

  async open(id: string): Promise<ShownMail | undefined> {
    // Compares with the names in the directory, because an id may contain ../
    const file = (await this.directory.list()).find(({ name }) => name === id);
    const eml = file && (await this.directory.readWhole(file));
    return eml && showEml(eml);
  }

  async version(): Promise<string> {
    const files = await this.directory.list();
    return createHash('sha1').update(files.map(keyOf).join()).digest('base64url');
  }

  /** Returns a file's entry, even if the file cannot be read. Returns undefined if it no longer exists. */
  private async entryOf(file: MailFile): Promise<MailboxEntry | undefined> {
    const cached = this.entries.get(keyOf(file));
    if (cached) return cached;
    const { name: id, writtenAt } = file;
    try {
      const head = await this.directory.readHead(file, headSize);
      return head && { id, ...(await summaryOf(head, new Date(writtenAt))) };
    } catch (error) {
      // The parser is not installed, so no mail can be read.
      if (error instanceof FledgeError) throw error;
      const subject = `${id} cannot be read`;
      return { id, subject, from: '', to: asError(error).message, date: new Date(writtenAt) };
    }
  }
}

async function summaryOf(eml: Buffer, writtenAt: Date): Promise<Omit<MailboxEntry, 'id'>> {
  const { subject, envelope, date = writtenAt } = await showEml(headersOf(eml));
  const named = new Map(envelope);
  return { subject, from: named.get('From') ?? '', to: named.get('To') ?? '', date };
}

/** Returns the headers of a message that may be cut off. The list needs no body. */
function headersOf(eml: Buffer): Buffer {
  const ends = ['\r\n\r\n', '\n\n'].map((blank) => eml.indexOf(blank)).filter((at) => at >= 0);
  return eml.subarray(0, Math.min(...ends, eml.length));
}

function keyOf({ name, writtenAt }: MailFile): string {
  return `${name}@${writtenAt}`;
}
