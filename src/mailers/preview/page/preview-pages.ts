import type { Links } from './links.js';
import type { PreviewedAction } from '../mails/mail-previews.js';
import { html, type Html } from './html.js';

/** Returns the segments of an action's page. */
export function previewAt({ mailer, action }: Pick<PreviewedAction, 'mailer' | 'action'>): readonly string[] {
  return ['preview', mailer, action];
}

/** Returns links to all actions, grouped by mailer. */
export function previewList(
  actions: readonly PreviewedAction[],
  links: Links,
  current?: PreviewedAction,
): Html {
  const mailers = new Set(actions.map(({ mailer }) => mailer));
  return html`<nav aria-label="Previews">
    ${[...mailers].map(
      (mailer) =>
        html`<section class="group">
          <h2>${mailer}</h2>
          <ul>
            ${actions
              .filter((one) => one.mailer === mailer)
              .map((one) => html`<li>${previewLink(one, links, current)}</li>`)}
          </ul>
        </section>`,
    )}
  </nav>`;
}

function previewLink(one: PreviewedAction, links: Links, current: PreviewedAction | undefined): Html {
  const isCurrent = one.mailer === current?.mailer && one.action === current.action;
  return html`<a href="${links.to(previewAt(one))}" ${isCurrent && html`aria-current="page"`}
    >${one.action} ${!one.ready && html`<small>no preview yet</small>`}</a
  >`;
}

export function previewIndex(actions: readonly PreviewedAction[], links: Links): Html {
  if (actions.length > 0)
    return html`<h1>Previews</h1>
      ${previewList(actions, links)}`;
  return html`<h1>Previews</h1>
    <p>
      There are no mailers yet. Add a class with <code>@Mailer()</code> to the providers of a module, and it
      appears here.
    </p>`;
}

/** Returns the code of a preview for an action that has none. */
export function howToPreview({ mailer, action }: PreviewedAction): Html {
  const code = [
    `@MailPreview(${mailer})`,
    `export class ${mailer}Preview {`,
    `  ${action}() {`,
    '    return { … };',
    '  }',
    '}',
  ];
  return html`<h1>${mailer}.${action}</h1>
    <p>
      This action takes a payload, and no preview supplies it. Write a preview, and add the class to a
      module's providers:
    </p>
    <pre class="code">${code.join('\n')}</pre>`;
}
