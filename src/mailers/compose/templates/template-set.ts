import { FledgeError } from '../../../jobs/index.js';
import { canonicalLocale } from '../../mail/locale.js';
import {
  templateParts,
  type Partials,
  type Template,
  type TemplatePart,
} from '../../mail/template-engine.js';

/** A template with what its file's name says. */
export interface NamedTemplate extends Template {
  /** `user-mailer/welcome` of `user-mailer/welcome.ja.html.liquid` */
  readonly base: string;
  readonly locale: string | undefined;
  /** Undefined: for all parts, as a partial may be. */
  readonly part: TemplatePart | undefined;
}

/** What looks like a language tag. */
const languageForm = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/;

/**
 * @param path below the templates' directory, with slashes
 * @throws FledgeError `FLEDGE_MAIL_TEMPLATE_INVALID` for what looks like a language and is none
 */
export function nameTemplate(path: string, extension: string, source: string): NamedTemplate {
  const refuse = (why: string): never => {
    throw new FledgeError('FLEDGE_MAIL_TEMPLATE_INVALID', `${path}: ${why}.`);
  };
  const whole = path.slice(0, -extension.length - 1);
  const [named, part] = cutEnding(whole, (ending) => (templateParts as readonly string[]).includes(ending));
  const [base, locale] = cutEnding(named, (ending) => languageForm.test(ending));
  return {
    name: path,
    source,
    base,
    locale: locale === undefined ? undefined : canonicalLocale(locale, refuse),
    part: part as TemplatePart | undefined,
  };
}

/** Cuts off what stands behind the last dot of a file's name, if it is meant and something stands before the dot. */
function cutEnding(
  path: string,
  isMeant: (ending: string) => boolean,
): [rest: string, ending: string | undefined] {
  const dot = path.lastIndexOf('.');
  const ending = path.slice(dot + 1);
  const hasName = dot > path.lastIndexOf('/') + 1;
  return hasName && isMeant(ending) ? [path.slice(0, dot), ending] : [path, undefined];
}

/** All templates of the application as they were at one moment. */
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

  /** @param chain from the language wanted most to the one wanted least */
  first(base: string, part: TemplatePart, chain: readonly (string | undefined)[]): NamedTemplate | undefined {
    for (const locale of chain) {
      const found = this.find(base, part, locale);
      if (found) return found;
    }
    return undefined;
  }

  /** The languages that a template exists in. */
  localesOf(base: string): string[] {
    const own = this.templates.filter((one) => one.base === base).flatMap(({ locale }) => locale ?? []);
    return [...new Set(own)].sort();
  }

  /** What a template of this part and these languages may include, each name once. */
  partials(part: TemplatePart, chain: readonly (string | undefined)[]): Partials {
    // Only languages that templates exist in: a mail's may come from a user, and this is kept.
    const wanted = chain.filter((locale) => this.locales.has(locale));
    const key = [part, ...wanted].join(' ');
    const known = this.partialsByKey.get(key);
    if (known) return known;
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
