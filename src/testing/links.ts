interface Written {
  readonly html: string | undefined;
  readonly text: string | undefined;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&#38;': '&',
  '&#x26;': '&',
  '&quot;': '"',
};

/** Where a mail's links lead, those of its html first; each once. */
export function linksIn({ html = '', text = '' }: Written): string[] {
  const hrefs = [...html.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(
    ([, double, single]) =>
      (double ?? single ?? '').replace(
        /&(?:amp|#38|#x26|quot);/gi,
        (entity) => entities[entity.toLowerCase()]!,
      ),
  );
  const plain = [...text.matchAll(/https?:\/\/[^\s<>"')\]]+/g)].map(([url]) => url.replace(/[.,;:!?]+$/, ''));
  return [...new Set([...hrefs, ...plain])];
}
