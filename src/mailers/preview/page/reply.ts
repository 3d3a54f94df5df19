import { randomBytes } from 'node:crypto';
import type { Html } from './html.js';
import type { ShownMail } from '../mails/shown-mail.js';

/** The properties of Node's request that the pages read. */
interface NodeRequest {
  readonly rawHeaders?: readonly string[];
  readonly socket?: unknown;
}

/** The properties of a request that the pages read. Express passes Node's request, and Fastify has it in `raw`. */
export interface PageRequest extends NodeRequest {
  readonly originalUrl: string;
  readonly raw?: NodeRequest;
}

/** The methods that Express's and Fastify's replies share. A handler that gets a reply bypasses the application's interceptors. */
export interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: string | Buffer): unknown;
}

/**
 * Headers of every reply. They forbid caches to keep a copy. No other site can see the address, frame it or load it as a
 * picture. The browser does not resolve the hosts that a mail links to.
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

/** Sends one of Fledge's pages. It loads nothing from other sites, and only scripts and styles with the nonce take effect. */
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
    // A site that opens the page in a new window gets no reference to it. A sandboxed document must not have this header.
    'cross-origin-opener-policy': 'same-origin',
  };
  send(reply, status, headers, page(nonce).text);
}

/** Sends a file that the browser saves and never shows, because an attachment may contain anything. */
export function sendFile(reply: Reply, filename: string, contentType: string, content: Buffer): void {
  const ascii = filename.replace(/[^\w. -]/g, '_');
  const headers = {
    'content-type': /^[\w.+-]+\/[\w.+-]+$/.test(contentType) ? contentType : 'application/octet-stream',
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${percentEncoded(filename)}`,
    'content-security-policy': "sandbox; default-src 'none'",
  };
  send(reply, 200, headers, content);
}

/**
 * Encodes a value for RFC 8187, which allows fewer characters than `encodeURIComponent`. That function throws for half a
 * surrogate pair, so a buffer replaces those first.
 */
function percentEncoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Sends an attachment. Returns whether the mail has one with this index. */
export function sendAttachment(reply: Reply, { attachments }: ShownMail, index: string): boolean {
  const attachment = /^\d{1,4}$/.test(index) ? attachments[Number(index)] : undefined;
  if (attachment) sendFile(reply, attachment.filename, attachment.contentType, attachment.content);
  return attachment !== undefined;
}
