import type { Readable } from 'node:stream';
import type { Duration } from '../../jobs/index.js';

interface Described {
  /** One line, without slashes. @default the last part of `path`, `ref` or `href`; `content` needs one, or a cid */
  readonly filename?: string;
  /** @default by the filename's ending */
  readonly contentType?: string;
  /** Shows it in the html, at `<img src="cid:…">`, in place of listing it. */
  readonly cid?: string;
}

/** Where a file's content is. */
interface Forms {
  readonly content: string | Uint8Array | Readable;
  /** A file inside of `attachments.roots`; a relative path is looked for in each of them. */
  readonly path: string;
  /** `<source>:<key>`, read by that one of `attachments.sources`. */
  readonly ref: string;
  /** An https address on one of `attachments.allowRemote`. */
  readonly href: string;
}

type ExactlyOne<All> = {
  [One in keyof All]: Pick<All, One> & { readonly [Other in Exclude<keyof All, One>]?: never };
}[keyof All];

/** A file in a mail, in exactly one of its forms. It is made or read in the worker, and never travels through the queue. */
export type MailAttachment = Described & ExactlyOne<Forms>;

/** Reads what a reference stands for: a file of an object store, a report that is made anew. */
export type AttachmentSource = (key: string, signal: AbortSignal) => Promise<string | Uint8Array | Readable>;

/** How long a file may take in all, unless the application sets `attachments.remoteTimeout`. */
export const usualRemoteTimeout = '1m';
/** The least and the most that it may be set to, in milliseconds. */
export const remoteTimes = { least: 1, most: 3_600_000 };

/** `attachments` of MailersModule.forRoot. */
export interface AttachmentOptions {
  /** Folders that attachments may be read from by `path`. @default none: then no path is read */
  readonly roots?: readonly string[];
  /** Who reads `ref`s, by what stands before the colon: `{ s3: (key) => … }`. @default none */
  readonly sources?: Readonly<Record<string, AttachmentSource>>;
  /**
   * Hosts that attachments may be fetched from by `href`, such as `files.acme.test` or `files.acme.test:8443`: over https,
   * through no redirect to a host that is not among them, never from a private address.
   * @default none: then nothing is fetched
   */
  readonly allowRemote?: readonly string[];
  /** How long such a file may take, from the look-up of the host's name to its last byte, 1 ms to an hour. @default '1m' */
  readonly remoteTimeout?: Duration;
}
