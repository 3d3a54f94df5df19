/** A start tag. The converter parses the html again, so a tag that is cut at a quoted `>` is only missed here. */
const startTag = /<[a-z][^<>]*>/gi;
const styleAttribute = /\sstyle\s?=\s?(?:"([^"]*)"|'([^']*)')/i;

/** Gives the attribute `hidden` to each element whose style hides it, as preheaders and content for other screens are. */
export function markHidden(html: string): string {
  return html.replaceAll(startTag, (tag) => {
    const [, double, single] = styleAttribute.exec(tag) ?? [];
    const style = double ?? single;
    return style !== undefined && hides(style) ? `${tag.slice(0, -1).replace(/\/$/, '')} hidden>` : tag;
  });
}

function hides(style: string): boolean {
  const values = new Map(style.split(';').map(declarationOf));
  const isZero = (property: string): boolean =>
    /^0(?:\.0{1,9})?(?:[a-z]{2,3}|%)?$/.test(values.get(property) ?? '');
  return (
    values.get('display') === 'none' ||
    values.get('visibility') === 'hidden' ||
    isZero('opacity') ||
    // A font of size 0 hides nothing: layouts remove the space between columns with it.
    ((isZero('max-height') || isZero('height')) && values.get('overflow') === 'hidden')
  );
}

function declarationOf(declaration: string): [property: string, value: string] {
  const [property = '', value = ''] = declaration.split(':');
  return [normal(property), normal(value.replace(/!\s{0,9}important/i, ''))];
}

function normal(text: string): string {
  return text.trim().toLowerCase();
}
