import { pageDocument } from './document.js';
import type { Links } from './links.js';
import { html, type Fragment, type Html } from './html.js';

export type Section = 'previews' | 'mailbox';

export interface Page {
  readonly title: string;
  readonly links: Links;
  readonly section: Section;
  /** True if the transport keeps mails, so that there is a mailbox to link to. */
  readonly hasMailbox: boolean;
  /** The list next to the content. Narrow screens hide it, because it has its own page. */
  readonly side?: Html | undefined;
  readonly main: Fragment;
  /** JavaScript of the page. It must be Fledge's own. */
  readonly script?: Html | undefined;
}

/** Returns a page with the header, the sections and the side list. */
export function layout({ title, links, section, hasMailbox, side, main, script }: Page, nonce: string): Html {
  const tab = (name: Section, label: string, segments: readonly string[]) =>
    html`<a href="${links.to(segments)}" ${name === section && html`aria-current="true"`}>${label}</a>`;
  const body = html`<a class="skip" href="#main">Skip to content</a>
    <header>
      <a class="brand" href="${links.to([])}">Mails</a>
      <nav aria-label="Sections">
        ${tab('previews', 'Previews', [])} ${hasMailbox && tab('mailbox', 'Mailbox', ['mailbox'])}
      </nav>
    </header>
    <div class="${side ? 'columns' : 'single'}">
      ${side && html`<div class="side">${side}</div>`}
      <main id="main" tabindex="-1">${main}</main>
    </div>
    ${
      script &&
      html`<script nonce="${nonce}">
        ${script};
      </script>`
    }`;
  return pageDocument({ title, body, nonce });
}
