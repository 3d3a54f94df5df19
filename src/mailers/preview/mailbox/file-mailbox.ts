import { createHash } from 'node:crypto';
import { FledgeError } from '../../../jobs/index.js';
import { MailFiles, type MailFile } from './mail-files.js';
import { listed, type Mailbox, type MailboxEntry, type MailboxListing } from './mailbox.js';
import { showEml } from './show-eml.js';
import type { ShownMail } from '../mails/shown-mail.js';

/** How much of a file is read for the list, in bytes. A mail's headers are shorter. */
const headSize = 256 * 1_024;

/** The .eml files of a directory, whichever process wrote them. */
export class FileMailbox implements Mailbox {
  private readonly directory: MailFiles;
  /** By name and time, so that a poll reads no file twice. */
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
      files.slice(0, listed).map(async (file) => [keyOf(file), await this.entryOf(file)] as const),
    );
    this.entries = new Map(read.flatMap(([key, entry]) => (entry ? [[key, entry] as const] : [])));
    return { entries: [...this.entries.values()], total: files.length };
  }

  async open(id: string): Promise<ShownMail | undefined> {
    // Only what the directory itself lists: an id with ../ in it is no file's name.
    const file = (await this.directory.list()).find(({ name }) => name === id);
    const eml = file && (await this.directory.readWhole(file));
    return eml && showEml(eml);
  }

  async version(): Promise<string> {
    const files = await this.directory.list();
    return createHash('sha1').update(files.map(keyOf).join()).digest('base64url');
  }

  /** Returns a file's entry, also when the file cannot be read. Undefined when it is no longer there. */
  private async entryOf(file: MailFile): Promise<MailboxEntry | undefined> {
    const known = this.entries.get(keyOf(file));
    if (known) return known;
    const { name: id, writtenAt } = file;
    try {
      const head = await this.directory.readHead(file, headSize);
      return head && { id, ...(await summaryOf(head, new Date(writtenAt))) };
    } catch (error) {
      // The parser is not installed: no mail can be read.
      if (error instanceof FledgeError) throw error;
      const subject = `${id} cannot be read`;
      return { id, subject, from: '', to: (error as Error).message, date: new Date(writtenAt) };
    }
  }
}

async function summaryOf(eml: Buffer, writtenAt: Date): Promise<Omit<MailboxEntry, 'id'>> {
  const { subject, envelope, date = writtenAt } = await showEml(headersOf(eml));
  const named = new Map(envelope);
  return { subject, from: named.get('From') ?? '', to: named.get('To') ?? '', date };
}

/** The headers of a message that may be cut off: its body is not parsed for the list. */
function headersOf(eml: Buffer): Buffer {
  const ends = ['\r\n\r\n', '\n\n'].map((blank) => eml.indexOf(blank)).filter((at) => at >= 0);
  return eml.subarray(0, Math.min(...ends, eml.length));
}

function keyOf({ name, writtenAt }: MailFile): string {
  return `${name}@${writtenAt}`;
}
