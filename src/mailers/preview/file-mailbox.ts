import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listed, type Mailbox, type MailboxEntry, type MailboxListing } from './mailbox.js';
import { showEml, type ShownMessage } from './show-eml.js';
import type { ShownMail } from './shown-mail.js';

interface MailFile {
  readonly name: string;
  readonly writtenAt: number;
}

/** The .eml files of a directory, whichever process wrote them. */
export class FileMailbox implements Mailbox {
  /** By name and time, so that a poll reads no file twice. */
  private entries = new Map<string, MailboxEntry>();

  constructor(private readonly directory: string) {}

  get description(): string {
    return this.directory;
  }

  async list(): Promise<MailboxListing> {
    const files = await this.files();
    const shown = files.slice(0, listed);
    const entries = await Promise.all(shown.map((file) => this.entryOf(file)));
    this.entries = new Map(shown.map((file, i) => [keyOf(file), entries[i]!]));
    return { entries, total: files.length };
  }

  async open(id: string): Promise<ShownMail | undefined> {
    // Only what the directory itself lists: an id with ../ in it is no file's name.
    const file = (await this.files()).find(({ name }) => name === id);
    return file && this.read(file);
  }

  async version(): Promise<string> {
    const files = await this.files();
    return createHash('sha1').update(files.map(keyOf).join()).digest('base64url');
  }

  private async entryOf(file: MailFile): Promise<MailboxEntry> {
    const known = this.entries.get(keyOf(file));
    if (known) return known;
    const { subject, envelope, date } = await this.read(file);
    const named = new Map(envelope);
    const [from = '', to = ''] = [named.get('From'), named.get('To')];
    return { id: file.name, subject, from, to, date: date ?? new Date(file.writtenAt) };
  }

  private async read({ name }: MailFile): Promise<ShownMessage> {
    return showEml(await readFile(join(this.directory, name)));
  }

  /** Newest first. None while there is no directory: the first mail makes it. */
  private async files(): Promise<MailFile[]> {
    const names = await readdir(this.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const files = names
      .filter((name) => name.endsWith('.eml'))
      .map(async (name) => ({ name, writtenAt: (await stat(join(this.directory, name))).mtimeMs }));
    // A file that was removed in between is not there any more.
    return (await Promise.allSettled(files))
      .flatMap((file) => (file.status === 'fulfilled' ? [file.value] : []))
      .sort((a, b) => b.writtenAt - a.writtenAt || a.name.localeCompare(b.name));
  }
}

function keyOf({ name, writtenAt }: MailFile): string {
  return `${name}@${writtenAt}`;
}
