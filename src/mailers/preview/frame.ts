import { send, type Reply } from './reply.js';
import type { ShownMail } from './shown-mail.js';

/** What a mail's html may do in its frame: have links that open a new tab. No scripts, no forms, no origin. */
export const sandbox = 'allow-popups allow-popups-to-escape-sandbox';

/** Sends a mail's html as a document of its own, which runs nothing and, unless it may, fetches nothing. */
export function sendFrame(reply: Reply, mail: ShownMail, remote: boolean): void {
  const from = remote ? 'data: https: http:' : 'data:';
  const policy = [
    `sandbox ${sandbox}`,
    "default-src 'none'",
    `img-src ${from}`,
    `media-src ${from}`,
    `font-src ${from}`,
    `style-src 'unsafe-inline'${remote ? ' https: http:' : ''}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ];
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
  };
  send(reply, 200, headers, withBlankTargets(withInlineImages(mail)));
}

/** Whether the html asks for anything from elsewhere. */
export function wantsRemote({ html = '' }: ShownMail): boolean {
  return /\b(src|srcset|background|poster)\s*=\s*["']?\s*(https?:)?\/\/|url\(\s*["']?\s*(https?:)?\/\/|<link\b/i.test(
    html,
  );
}

/** The pictures that the mail brings along, in place of their `cid:`. */
function withInlineImages({ html = '', attachments }: ShownMail): string {
  const byCid = new Map(
    attachments.flatMap((one) => (one.cid === undefined ? [] : [[one.cid, one] as const])),
  );
  return html.replace(/\bcid:([^"'\s)>]+)/gi, (whole, cid: string) => {
    const picture = byCid.get(cid) ?? byCid.get(decoded(cid));
    return picture
      ? `data:${typeOf(picture.contentType)};base64,${picture.content.toString('base64')}`
      : whole;
  });
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

/** Ends up in an attribute of the mail's html. */
function typeOf(contentType: string): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0] ?? 'application/octet-stream';
}

/** A link would otherwise open in the frame, where no site may be shown. */
function withBlankTargets(html: string): string {
  const base = '<base target="_blank">';
  if (/<head\b[^>]*>/i.test(html)) return html.replace(/<head\b[^>]*>/i, (head) => head + base);
  if (/<html\b[^>]*>/i.test(html)) return html.replace(/<html\b[^>]*>/i, (tag) => tag + base);
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? '';
  return doctype + base + html.slice(doctype.length);
}
