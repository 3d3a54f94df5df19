import { checkText, fieldLimits, type Refuse } from './field-limits.js';

/**
 * A language tag in its canonical form, `ja-JP` for `ja-jp`.
 *
 * @throws what `refuse` throws, for anything but a BCP 47 tag
 */
export function canonicalLocale(locale: string, refuse: Refuse): string {
  checkText(locale, 'the locale', fieldLimits.locale, refuse);
  try {
    return Intl.getCanonicalLocales(locale)[0]!;
  } catch {
    return refuse(`the locale ${JSON.stringify(locale)} is not a language tag. Use 'ja' or 'pt-BR'`);
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
