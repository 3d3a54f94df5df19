import type { ShownMail } from '../mails/shown-mail.js';
import type { Option } from './choice.js';
import type { Links } from './links.js';

/** A mail, and the page that shows it. */
export interface MailView {
  readonly mail: ShownMail;
  readonly links: Links;
  /** The segments of this mail's page. */
  readonly at: readonly string[];
  /** More choices for a preview: its examples and locales. Each is a key of the query. */
  readonly choices?: readonly MailChoice[];
}

export interface MailChoice {
  readonly name: string;
  readonly key: string;
  /** The value '' stands for the default. */
  readonly values: readonly string[];
  readonly chosen: string;
}

/** The keys of the query. A link that changes one of them keeps all others. */
const keys = ['example', 'locale', 'part', 'width', 'remote'] as const;

export const partLabels = { html: 'Html', text: 'Text', headers: 'Headers' } as const;

export type Part = keyof typeof partLabels;

/** The choices in the query of a mail's page, and links that change one of them. */
export class MailSelection {
  /** The parts that the mail has. */
  readonly parts: readonly Part[];
  readonly part: Part;
  readonly narrow: boolean;
  /** '1' if remote content is loaded. */
  readonly remote: string;
  /** The part of the query that decides which mail is made: its example and locale. */
  readonly source: Readonly<Record<string, string>>;
  private readonly query: Readonly<Record<string, string>>;

  constructor(private readonly view: MailView) {
    const chosen = (key: string): string => view.links.query.get(key) ?? '';
    this.query = Object.fromEntries(keys.map((key) => [key, chosen(key)]));
    this.parts = partsOf(view.mail);
    this.part = this.parts.find((one) => one === chosen('part')) ?? this.parts[0] ?? 'headers';
    this.narrow = chosen('width') === 'narrow';
    this.remote = chosen('remote');
    this.source = { example: chosen('example'), locale: chosen('locale') };
  }

  /** Returns the link to this page with another value for one key. */
  linkWith(key: string, value: string): string {
    return this.view.links.to(this.view.at, { ...this.query, [key]: value });
  }

  option(key: string, value: string, label: string, chosen: boolean): Option {
    return { label, href: this.linkWith(key, value), chosen };
  }
}

function partsOf({ html, text }: ShownMail): Part[] {
  const parts: Part[] = [];
  if (html !== undefined) parts.push('html');
  if (text !== undefined) parts.push('text');
  return [...parts, 'headers'];
}
