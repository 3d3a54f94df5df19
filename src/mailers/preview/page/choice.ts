import { html, type Html } from './html.js';

export interface Option {
  readonly label: string;
  readonly href: string;
  readonly chosen: boolean;
}

/** Returns a row of links, one of which is chosen. Returns false if there are fewer than two options. */
export function choice(name: string, options: readonly Option[], showName = true): Html | false {
  if (options.length < 2) return false;
  return html`<nav class="choice ${name === 'Width' && 'wide-only'}" aria-label="${name}">
    ${showName && html`<span aria-hidden="true">${name}</span>`}
    <ul>
      ${options.map(
        ({ label, href, chosen }) =>
          html`<li><a href="${href}" ${chosen && html`aria-current="true"`}>${label}</a></li>`,
      )}
    </ul>
  </nav>`;
}
