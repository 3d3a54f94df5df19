import type { Readable } from 'node:stream';
import type { Duration } from '../../jobs/index.js';
import { hour } from '../../jobs/internals.js';

interface Description {
  /** One line without slashes. With `content`, set this or `cid`. @default the last part of `path`, `ref` or `href` */
  readonly filename?: string;
  /** @default derived from the filename's extension */
  readonly contentType?: string;
  /** Shows the file in the html at `<img src="cid:…">`, instead of in the list of attachments. */
  readonly cid?: string;
  /** How `content` is encoded, if it is a string, such as `'base64'`. @default 'utf8' */
  readonly encoding?: BufferEncoding;
}

/** The places that a file's content can come from. */
interface Forms {
  readonly content: string | Uint8Array | Readable;
  /** A file inside one of the `attachments.roots`. A relative path is looked up in each of them. */
  readonly path: string;
  /** `<source>:<key>`. The source of that name in `attachments.sources` reads the key. */
  readonly ref: string;
  /** An https URL on one of the hosts in `attachments.allowRemote`. */
  readonly href: string;
}

type ExactlyOne<All> = {
  [One in keyof All]: Pick<All, One> & { readonly [Other in Exclude<keyof All, One>]?: never };
}[keyof All];

/** A file in a mail, with exactly one of `content`, `path`, `ref` and `href`. The worker makes or reads it, so the queue never stores it. */
export type MailAttachment = Description & ExactlyOne<Forms>;

/** Another form of a mail's content. */
export interface MailAlternative {
  /** A MIME type, such as `text/calendar; method=REQUEST` or `text/x-amp-html`. */
  readonly contentType: string;
  readonly content: string;
}

/** Reads the content for a key, such as a file in an object store, or makes it, such as a report. */
export type AttachmentSource = (key: string, signal: AbortSignal) => Promise<string | Uint8Array | Readable>;

/** How long fetching a file may take, unless the application sets `attachments.remoteTimeout`. */
export const usualRemoteTimeout = '1m';
/** The range of `attachments.remoteTimeout`, in milliseconds. */
export const remoteTimes = { least: 1, most: hour };

/** `attachments` of MailersModule.forRoot. */
export interface AttachmentOptions {
  /** The folders that `path` may read from. @default none, and no `path` is read */
  readonly roots?: readonly string[];
  /** The functions that read `ref`s, by the part before the colon: `{ s3: (key) => … }`. @default none */
  readonly sources?: Readonly<Record<string, AttachmentSource>>;
  /**
   * The hosts that `href` may fetch from, such as `files.acme.test` or `files.acme.test:8443`. Files are fetched over https only, never
   * from a private address, and never through a redirect to another host.
   * @default none, and nothing is fetched
   */
  readonly allowRemote?: readonly string[];
  /** How long fetching a file may take, from the lookup of the host's name to the last byte: from 1 ms to an hour. @default '1m' */
  readonly remoteTimeout?: Duration;
}
