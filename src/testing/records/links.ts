interface MailBody {
  readonly html: string | undefined;
  readonly text: string | undefined;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&#38;': '&',
  '&#x26;': '&',
  '&quot;': '"',
};

/** Returns the URLs of a mail's links, each once. Those of its HTML come first. */
export function linksIn({ html = '', text = '' }: MailBody): string[] {
  const hrefs = [...html.matchAll(/<a\s[^<>]*/gi)].flatMap(([tag]) => hrefOf(tag) ?? []);
  const plain = [...text.matchAll(/https?:\/\/[^\s<>"')\]]+/g)].map(([url]) => withoutPunctuation(url));
  return [...new Set([...hrefs, ...plain])];
}

function hrefOf(tag: string): string | undefined {
  const [, double, single] = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag) ?? [];
  return (double ?? single)?.replace(
    /&(?:amp|#38|#x26|quot);/gi,
    (entity) => entities[entity.toLowerCase()] ?? entity,
  );
}

/** A URL at the end of a sentence does not include the full stop. */
function withoutPunctuation(url: string): string {
  let end = url.length;
  while (end > 0 && '.,;:!?'.includes(url.charAt(end - 1))) end -= 1;
  return url.slice(0, end);
}
