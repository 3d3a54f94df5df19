/**
 * A language tag in its canonical form, `ja-JP` for `ja-jp`.
 *
 * @throws what `refuse` throws, for what is no BCP 47 tag
 */
export function canonicalLocale(locale: string, refuse: (why: string) => never): string {
  try {
    return Intl.getCanonicalLocales(String(locale))[0]!;
  } catch {
    return refuse(`the locale ${JSON.stringify(locale)} is no language tag. Write it as 'ja' or 'pt-BR'`);
  }
}

/** From the most exact to none: `zh-Hant-TW`, `zh-Hant`, `zh`, the fallback's own in the same way, undefined. */
export function localeChain(locale?: string, fallback?: string): readonly (string | undefined)[] {
  const tags = [locale, fallback].filter((tag) => tag !== undefined);
  const chain = Intl.getCanonicalLocales(tags).flatMap((tag) => {
    const subtags = tag.split('-');
    return subtags.map((_, dropped) => subtags.slice(0, subtags.length - dropped).join('-'));
  });
  return [...new Set(chain), undefined];
}
