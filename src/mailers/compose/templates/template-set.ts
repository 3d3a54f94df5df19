import { FledgeError } from '../../../jobs/index.js';
import { canonicalLocale } from '../../mail/locale.js';
import {
  templateParts,
  type Partials,
  type Template,
  type TemplatePart,
} from '../../mail/template-engine.js';

/** A template with the parts of its file name. */
export interface NamedTemplate extends Template {
  /** `user-mailer/welcome` for the file `user-mailer/welcome.ja.html.liquid`. */
  readonly base: string;
  readonly locale: string | undefined;
  /** Undefined: for all parts, which a partial may be. */
  readonly part: TemplatePart | undefined;
}

/** The form of a language tag. Whether it is a valid tag is checked afterwards. */
const languageForm = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;

/**
 * Splits the name of a template file into base, language and part.
 *
 * @param path below the template directory, with slashes
 * @throws FledgeError `FLEDGE_MAIL_TEMPLATE_INVALID` for an invalid language tag
 */
export function nameTemplate(path: string, extension: string, source: string): NamedTemplate {
  const refuse = (why: string): never => {
    throw new FledgeError('FLEDGE_MAIL_TEMPLATE_INVALID', `${path}: ${why}.`);
  };
  const whole = path.slice(0, -extension.length - 1);
  const [named, partName] = cutEnding(whole, (ending) => templateParts.some((part) => part === ending));
  const [base, locale] = cutEnding(named, (ending) => languageForm.test(ending));
  return {
    name: path,
    source,
    base,
    locale: locale === undefined ? undefined : canonicalLocale(locale, refuse),
    part: templateParts.find((part) => part === partName),
  };
}

/** Cuts the ending after the last dot off a file name, if `isEnding` accepts it and there is a name before the dot. */
function cutEnding(
  path: string,
  isEnding: (ending: string) => boolean,
): [rest: string, ending: string | undefined] {
  const dot = path.lastIndexOf('.');
  const ending = path.slice(dot + 1);
  const hasName = dot > path.lastIndexOf('/') + 1;
  return hasName && isEnding(ending) ? [path.slice(0, dot), ending] : [path, undefined];
}

/** All templates of the application, as they were when they were read. */
export class TemplateSet {
  private readonly byKey: ReadonlyMap<string, NamedTemplate>;
  private readonly locales: ReadonlySet<string | undefined>;
  private readonly partialsByKey = new Map<string, Partials>();

  constructor(readonly templates: readonly NamedTemplate[]) {
    this.byKey = new Map(templates.map((one) => [keyOf(one.base, one.locale, one.part), one]));
    this.locales = new Set([undefined, ...templates.map(({ locale }) => locale)]);
  }

  find(base: string, part: TemplatePart | undefined, locale: string | undefined): NamedTemplate | undefined {
    return this.byKey.get(keyOf(base, locale, part));
  }

  /**
   * Returns the template in the first language that has one.
   *
   * @param chain languages, the preferred one first
   */
  first(base: string, part: TemplatePart, chain: readonly (string | undefined)[]): NamedTemplate | undefined {
    for (const locale of chain) {
      const found = this.find(base, part, locale);
      if (found) return found;
    }
    return undefined;
  }

  /** Returns the languages that a template exists in. */
  localesOf(base: string): string[] {
    const own = this.templates.filter((one) => one.base === base).flatMap(({ locale }) => locale ?? []);
    return [...new Set(own)].sort();
  }

  /** Returns the partials for a part and languages, one for each name. */
  partials(part: TemplatePart, chain: readonly (string | undefined)[]): Partials {
    // A mail's language may come from a user. Only languages with templates are part of the key, so the cache stays small.
    const wanted = chain.filter((locale) => this.locales.has(locale));
    const key = [part, ...wanted].join(' ');
    const existing = this.partialsByKey.get(key);
    if (existing) return existing;
    const partials = new Map<string, Template>();
    for (const { base } of this.templates) {
      const best = this.first(base, part, wanted) ?? this.anyPart(base, wanted);
      if (best) partials.set(base, best);
    }
    this.partialsByKey.set(key, partials);
    return partials;
  }

  private anyPart(base: string, chain: readonly (string | undefined)[]): NamedTemplate | undefined {
    const locale = chain.find((one) => this.find(base, undefined, one));
    return this.find(base, undefined, locale);
  }
}

function keyOf(base: string, locale: string | undefined, part: TemplatePart | undefined): string {
  return `${base}\0${locale ?? ''}\0${part ?? ''}`;
}
