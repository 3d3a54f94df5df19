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

/** Returns the content of a page that shows an error, with links to other pages. */
export function errorMain({ title, error, stack, nextLinks }: Problem): Html {
  const { name, message } =
    error instanceof Error ? error : { name: 'The thrown value is not an Error', message: String(error) };
  const frames = error instanceof Error && stack ? error.stack?.split('\n').filter(isFrame).join('\n') : '';
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
