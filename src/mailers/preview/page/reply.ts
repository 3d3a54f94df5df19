import { randomBytes } from 'node:crypto';
import type { Html } from './html.js';
import type { ShownMail } from '../mails/shown-mail.js';

/** What pages use of Node's request. */
interface NodeRequest {
  readonly rawHeaders?: readonly string[];
  readonly socket?: unknown;
}

/** What pages use of Express's and Fastify's requests. Express's is Node's own request, Fastify's has it as `raw`. */
export interface PageRequest extends NodeRequest {
  readonly originalUrl: string;
  readonly raw?: NodeRequest;
}

/** What their replies have in common. A handler that is given one answers itself, past the application's interceptors. */
export interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: string | Buffer): unknown;
}

/**
 * Headers of every reply. Nothing keeps a copy, no other site learns the address, frames it or loads it as a picture, and
 * the browser does not look up the hosts that a mail links to.
 */
const common = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'SAMEORIGIN',
  'x-robots-tag': 'noindex',
};

export function send(
  reply: Reply,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): void {
  reply.status(status);
  for (const [name, value] of Object.entries({ ...common, ...headers })) reply.header(name, value);
  reply.send(body);
}

/** A page of ours: nothing from elsewhere, and no script or style but those that carry the nonce. */
export function sendPage(reply: Reply, status: number, page: (nonce: string) => Html): void {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "frame-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    // A site that opens a page in a new window gets no hold of it. Not for frames: a sandboxed document must not have it.
    'cross-origin-opener-policy': 'same-origin',
  };
  send(reply, status, headers, page(nonce).text);
}

/** A file to be saved, never to be shown: a mail may carry anything. */
export function sendFile(reply: Reply, filename: string, contentType: string, content: Buffer): void {
  const ascii = filename.replace(/[^\w. -]/g, '_');
  const headers = {
    'content-type': /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : 'application/octet-stream',
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${percentEncoded(filename)}`,
    'content-security-policy': "sandbox; default-src 'none'",
  };
  send(reply, 200, headers, content);
}

/** RFC 8187's value, which allows less than `encodeURIComponent` leaves; that throws at half a surrogate pair, which a buffer mends. */
function percentEncoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** @returns whether there is an attachment with this index */
export function sendAttachment(reply: Reply, { attachments }: ShownMail, index: string): boolean {
  const attachment = /^\d{1,4}$/.test(index) ? attachments[Number(index)] : undefined;
  if (attachment) sendFile(reply, attachment.filename, attachment.contentType, attachment.content);
  return attachment !== undefined;
}
