import { FledgeError } from '../../../jobs/index.js';
import { html, type Fragment, type Html } from './html.js';

export interface Problem {
  readonly title: string;
  readonly error: unknown;
  /** True if the page also shows the stack. */
  readonly stack: boolean;
  /** Links to other pages. */
  readonly nextLinks: Fragment;
}

export interface Notice {
  readonly title: string;
  readonly why: Fragment;
  /** Links to other pages. */
  readonly nextLinks: Fragment;
}

/** Returns the content of a page that says that there is nothing to show, which is not an error. */
export function noticeMain({ title, why, nextLinks }: Notice): Html {
  return html`<h1>${title}</h1>
    <p>${why}</p>
    ${nextLinks}`;
}

/** Returns the content of a page that shows an error, with links to other pages. */
export function errorMain({ title, error, stack, nextLinks }: Problem): Html {
  const { name, message } =
    error instanceof Error ? error : { name: 'The thrown value is not an Error', message: String(error) };
  // The message of Fledge's own error says what to do. Its stack shows only Fledge's code.
  const hasStack = stack && error instanceof Error && !(error instanceof FledgeError);
  const frames = hasStack ? error.stack?.split('\n').filter(isFrame).join('\n') : '';
  return html`<h1>${title}</h1>
    <div class="problem" role="alert">
      <p><strong>${error instanceof FledgeError ? error.code : name}</strong></p>
      <pre>${message}</pre>
      ${frames && html`<pre class="muted">${frames}</pre>`} ${nextLinks}
    </div>`;
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line) && !line.includes('node:internal');
}
