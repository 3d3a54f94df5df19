import { basename, posix } from 'node:path';
import { FledgeError } from '../../../jobs/index.js';
import { asError, toMillisecondsWithin } from '../../../jobs/internals.js';
import type { Refuse } from '../../mail/field-limits.js';
import type { SizeBudget } from '../../mail/mail-size.js';
import type { OutgoingAttachment } from '../../mail/outgoing-mail.js';
import { openConfined } from './confined-file.js';
import type { AttachmentFields } from '../../mail/attachment-fields.js';
import type { AttachmentOptions } from '../../mail/mail-attachment.js';
import { readContent } from './read-content.js';
import { remoteTimes, usualRemoteTimeout } from '../../mail/mail-attachment.js';
import { fetchRemote } from './remote-file.js';

const forms = ['content', 'path', 'ref', 'href'] as const;
const exactlyOneForm = 'it needs exactly one of content, path, ref and href';

/** Reads the attachments of a mail one after the other, so no more is in memory than the size limit of the mail. */
export async function readAttachments(
  attachments: readonly AttachmentFields[],
  options: AttachmentOptions,
  budget: SizeBudget,
  who: string,
  signal: AbortSignal,
): Promise<OutgoingAttachment[]> {
  const read: OutgoingAttachment[] = [];
  for (const attachment of attachments) {
    const one = await new AttachmentReader(attachment, options, budget, who, signal).read();
    budget.spend(one.content.byteLength);
    read.push(one);
  }
  return read;
}

class AttachmentReader {
  private readonly name: string;

  constructor(
    private readonly attachment: AttachmentFields,
    private readonly options: AttachmentOptions,
    private readonly budget: SizeBudget,
    private readonly who: string,
    private readonly signal: AbortSignal,
  ) {
    const { filename, path, ref, href, cid } = attachment;
    // The query of a URL often contains a signature.
    this.name = JSON.stringify(filename ?? path ?? ref ?? href?.split(/[?#]/, 1)[0] ?? cid ?? '');
  }

  /** @throws FledgeError `FLEDGE_MAIL_ATTACHMENT_REFUSED`, `FLEDGE_MAIL_ATTACHMENT_FAILED`, `FLEDGE_MAIL_TOO_LARGE` */
  async read(): Promise<OutgoingAttachment> {
    const given = forms.filter((form) => this.attachment[form] !== undefined);
    if (given.length !== 1) this.refuse(exactlyOneForm);
    const { contentType, cid } = this.attachment;
    try {
      const content = await this.content();
      return { filename: this.filename(), contentType, cid, content };
    } catch (cause) {
      this.signal.throwIfAborted();
      if (cause instanceof FledgeError) throw cause;
      throw new FledgeError(
        'FLEDGE_MAIL_ATTACHMENT_FAILED',
        `${this.who} could not read its attachment ${this.name}: ${asError(cause).message}.`,
        { cause },
      );
    }
  }

  private content(): Promise<Buffer> {
    const { content, path, ref, href } = this.attachment;
    if (path !== undefined) return this.file(path);
    if (ref !== undefined) return this.reference(ref);
    if (href !== undefined) return this.remote(href);
    if (content !== undefined) return readContent(content, this.budget, this.signal);
    return this.refuse(exactlyOneForm);
  }

  private async file(path: string): Promise<Buffer> {
    const { file, stats } = await openConfined(path, this.options.roots ?? [], this.refuse);
    try {
      this.budget.require(stats.size);
      return await readContent(file.createReadStream({ autoClose: false }), this.budget, this.signal);
    } finally {
      await file.close();
    }
  }

  private async reference(ref: string): Promise<Buffer> {
    const { sources = {} } = this.options;
    const colon = ref.indexOf(':');
    if (colon < 0) this.refuse("its ref is not of the form 'source:key'");
    const [name, key] = [ref.slice(0, colon), ref.slice(colon + 1)];
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (!source) {
      const declared = Object.keys(sources).join(', ') || 'none';
      return this.refuse(
        `its source "${name}" is not in attachments.sources of MailersModule.forRoot, which has: ${declared}`,
      );
    }
    return readContent(await source(key, this.signal), this.budget, this.signal);
  }

  private async remote(href: string): Promise<Buffer> {
    const { allowRemote: allowed = [], remoteTimeout = usualRemoteTimeout } = this.options;
    const timeout = toMillisecondsWithin(remoteTimes, remoteTimeout, 'attachments.remoteTimeout');
    return fetchRemote(href, { allowed, timeout }, this.refuse, this.signal, (body, signal) =>
      readContent(body, this.budget, signal),
    );
  }

  private filename(): string | undefined {
    const { filename, path, ref, href } = this.attachment;
    if (filename !== undefined) return filename;
    if (path !== undefined) return basename(path);
    if (ref !== undefined) return posix.basename(ref.slice(ref.indexOf(':') + 1));
    if (href === undefined) return undefined;
    // The URL's path may have no file name.
    return decodedName(posix.basename(new URL(href).pathname)) || new URL(href).hostname;
  }

  private readonly refuse: Refuse = (why, cause) => {
    throw new FledgeError(
      'FLEDGE_MAIL_ATTACHMENT_REFUSED',
      `${this.who} cannot be sent, because its attachment ${this.name} is refused: ${why}.`,
      { cause },
    );
  };
}

function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
