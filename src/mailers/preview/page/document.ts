import { html, type Fragment, type Html } from './html.js';
import { style } from './style.js';

export interface PageDocument {
  readonly title: string;
  readonly body: Fragment;
  /** The page's nonce. Only styles and scripts that have it take effect. */
  readonly nonce: string;
}

/** Returns a whole HTML document in the style of the pages. */
export function pageDocument({ title, body, nonce }: PageDocument): Html {
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
        ${body}
      </body>
    </html>`;
}
