import { FledgeError } from '../../../jobs/index.js';
import { html, type Fragment, type Html } from './html.js';

export interface Trouble {
  readonly title: string;
  readonly error: unknown;
  /** Whether the stack is shown too. */
  readonly stack: boolean;
  /** Links to where it may be better. */
  readonly waysOut: Fragment;
}

/** What was thrown instead of a mail, and where to go from here. */
export function troubleMain({ title, error, stack, waysOut }: Trouble): Html {
  const { name, message } =
    error instanceof Error ? error : { name: 'Thrown, and no Error', message: String(error) };
  const frames = error instanceof Error && stack ? error.stack?.split('\n').filter(isFrame).join('\n') : '';
  return html`<h1>${title}</h1>
    <div class="trouble" role="alert">
      <p><strong>${error instanceof FledgeError ? error.code : name}</strong></p>
      <pre>${message}</pre>
      ${frames && html`<pre class="muted">${frames}</pre>`} ${waysOut}
    </div>`;
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line) && !line.includes('node:internal');
}
