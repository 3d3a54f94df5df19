import { send, type Reply } from './reply.js';
import type { ShownMail } from '../mails/shown-mail.js';

/** The rights of a mail's HTML in its frame. Its links may open a new tab. It has no scripts, no forms and no origin. */
export const sandbox = 'allow-popups allow-popups-to-escape-sandbox';

/** Sends a mail's HTML as a separate document without scripts. It fetches remote content only if `remote` is true. */
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
  send(reply, 200, headers, frameDocument(mail));
}

/** Returns the document that the frame shows. */
export function frameDocument(mail: ShownMail): string {
  return withBlankTargets(withoutFrames(withInlineImages(mail)));
}

/** Three small expressions, because one of all three takes long to be proved linear. */
const remoteReferences = [
  /\b(?:src|srcset|background|poster)\s*=\s*(?:["']\s*)?(?:https?:)?\/\//i,
  /\burl\(\s*(?:["']\s*)?(?:https?:)?\/\//i,
  /<link\b/i,
];

/** Returns whether the HTML refers to remote content. */
export function wantsRemote({ html = '' }: ShownMail): boolean {
  return remoteReferences.some((reference) => reference.test(html));
}

/** How many characters the pictures of one mail may add to its HTML. Each `cid:` is replaced by a copy. */
const pictureLimit = 32 * 1_048_576;

/** Replaces each `cid:` by the mail's own picture. */
function withInlineImages({ html = '', attachments }: ShownMail): string {
  const byCid = new Map(
    attachments.flatMap((one) => (one.cid === undefined ? [] : [[one.cid, one] as const])),
  );
  let room = pictureLimit;
  return html.replace(/\bcid:([^"'\s)>]+)/gi, (whole, cid: string) => {
    const picture = byCid.get(cid) ?? byCid.get(decoded(cid));
    if (!picture) return whole;
    room -= Math.ceil(picture.content.length / 3) * 4;
    if (room < 0) return whole;
    return `data:${typeOf(picture.contentType)};base64,${picture.content.toString('base64')}`;
  });
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

/** Returns only characters that are safe in an attribute of the mail's HTML. */
function typeOf(contentType: string): string {
  return /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0] ?? 'application/octet-stream';
}

/**
 * Renames the mail's own frames to elements that browsers do not know. The policy keeps frames empty, but Chromium connects
 * to a frame's server before it checks the policy. Mail programs show no frames either.
 */
function withoutFrames(html: string): string {
  return html.replace(/<(\/?)(?=i?frame\b)/gi, '<$1x-');
}

/** Makes all links open a new tab, because the frame must not show another site. Browsers use a document's first `<base>`. */
function withBlankTargets(html: string): string {
  const start = endOfProlog(html);
  return `${html.slice(0, start)}<base target="_blank">${html.slice(start)}`;
}

/** The constructs that may come before a document's first tag. A tag before the doctype would cause quirks mode. */
const prologs = [
  { opening: '<!doctype', closing: '>' },
  { opening: '<!--', closing: '-->' },
  { opening: '<?', closing: '>' },
] as const;

/** Reads each character once. A regular expression would take quadratic time for a hostile mail. */
function endOfProlog(html: string): number {
  let end = 0;
  for (;;) {
    const start = end + html.slice(end).search(/\S|$/);
    const found = prologs.find(
      ({ opening }) => html.slice(start, start + opening.length).toLowerCase() === opening,
    );
    const close = found ? html.indexOf(found.closing, start + found.opening.length) : -1;
    if (!found || close < 0) return end;
    end = close + found.closing.length;
  }
}
