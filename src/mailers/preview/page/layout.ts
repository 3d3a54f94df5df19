import type { Links } from './links.js';
import { html, type Fragment, type Html } from './html.js';
import { style } from './style.js';

export type Section = 'previews' | 'mailbox';

/** What every page shows. */
export interface Page {
  readonly title: string;
  readonly links: Links;
  readonly section: Section;
  /** Whether there is a mailbox to go to. */
  readonly hasMailbox: boolean;
  /** The list beside the content; on narrow screens it has a page of its own. */
  readonly side?: Html | undefined;
  readonly main: Fragment;
  /** JavaScript of ours. */
  readonly script?: Html | undefined;
}

export function layout({ title, links, section, hasMailbox, side, main, script }: Page, nonce: string): Html {
  const tab = (name: Section, label: string, segments: readonly string[]) =>
    html`<a href="${links.to(segments)}" ${name === section && html`aria-current="true"`}>${label}</a>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style nonce="${nonce}">
          ${style}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
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
        }
      </body>
    </html>`;
}
