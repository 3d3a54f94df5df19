import { checkText, fieldLimits, type Refuse } from './field-limits.js';

/**
 * Returns a language tag in its canonical form, such as `ja-JP` for `ja-jp`.
 *
 * @throws what `refuse` throws, unless the value is a BCP 47 tag
 */
export function canonicalLocale(locale: unknown, refuse: Refuse): string {
  const tag = checkText(locale, 'the locale', fieldLimits.locale, refuse);
  try {
    const [canonical = tag] = Intl.getCanonicalLocales(tag);
    return canonical;
  } catch {
    return refuse(
      `the locale ${JSON.stringify(tag)} is not a language tag. Use a tag such as 'ja' or 'pt-BR'`,
    );
  }
}

/**
 * Returns the languages to look for, in this order: the locale, the same with fewer subtags, the fallback in the same way, no
 * language. For `zh-Hant-TW` with the fallback `en` that is `zh-Hant-TW`, `zh-Hant`, `zh`, `en`, undefined.
 */
export function localeChain(locale?: string, fallback?: string): readonly (string | undefined)[] {
  const tags = [locale, fallback].filter((tag) => tag !== undefined);
  const chain = Intl.getCanonicalLocales(tags).flatMap((tag) => {
    const subtags = tag.split('-');
    return subtags.map((_, dropped) => subtags.slice(0, subtags.length - dropped).join('-'));
  });
  return [...new Set(chain), undefined];
}
