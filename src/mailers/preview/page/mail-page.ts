import { sandbox, wantsRemote } from './frame.js';
import { headersOf, type ShownAttachment, type ShownMail } from '../mails/shown-mail.js';
import { choice } from './choice.js';
import { html, type Html } from './html.js';
import { MailSelection, partLabels, type MailView } from './mail-selection.js';

/** Returns the content of a mail's page. */
export function mailMain(view: MailView): Html {
  const { mail, links, at } = view;
  const selection = new MailSelection(view);
  const { part, narrow, source } = selection;
  return html`
    <h1>${mail.subject}</h1>
    ${envelope(mail.envelope)}
    ${files(mail.attachments, (i) => links.to([...at, 'attachments', `${i}`], source))}
    ${tools(view, selection)} ${part === 'html' && wantsRemote(mail) && remoteNotice(selection)}
    <section class="stage ${part === 'html' && narrow && 'narrow'}" aria-label="${partLabels[part]}">
      ${stage(view, selection)}
    </section>
  `;
}

/** Returns the links that choose an example, a locale, a part and a width, and the download. */
function tools({ links, at, choices = [] }: MailView, selection: MailSelection): Html {
  const { part, parts, narrow, source } = selection;
  return html`<div class="tools">
    ${choices.map(({ name, key, values, chosen }) =>
      choice(
        name,
        values.map((value) => selection.option(key, value, value || 'Default', value === chosen)),
      ),
    )}
    ${choice(
      'Part',
      parts.map((one) => selection.option('part', one, partLabels[one], one === part)),
      false,
    )}
    ${
      part === 'html' &&
      choice('Width', [
        selection.option('width', '', 'Wide', !narrow),
        selection.option('width', 'narrow', 'Narrow, 375 px', narrow),
      ])
    }
    <a class="push" href="${links.to([...at, 'message.eml'], source)}" download>Download .eml</a>
  </div>`;
}

/** Returns the chosen part of the mail. */
function stage({ mail, links, at }: MailView, { part, source, remote }: MailSelection): Html {
  if (part === 'text') return html`<pre>${mail.text}</pre>`;
  if (part === 'headers') return envelope(headersOf(mail));
  return html`<iframe
    title="The mail"
    sandbox="${sandbox}"
    src="${links.to([...at, 'frame'], { ...source, remote })}"
  ></iframe>`;
}

function envelope(rows: ShownMail['envelope']): Html {
  return html`<dl class="envelope">
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function files(attachments: readonly ShownAttachment[], href: (i: number) => string): Html | false {
  if (attachments.length === 0) return false;
  return html`<ul class="files" aria-label="Attachments">
    ${attachments.map(
      ({ filename, content, cid }, i) =>
        html`<li>
          <a href="${href(i)}" download
            >${filename} <small>${size(content.length)}${cid !== undefined && ', inline'}</small></a
          >
        </li>`,
    )}
  </ul>`;
}

function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

function remoteNotice(selection: MailSelection): Html {
  return selection.remote === '1'
    ? html`<div class="notice">
        Remote content is loaded. <a href="${selection.linkWith('remote', '')}">Block it</a>
      </div>`
    : html`<div class="notice">
        Remote content is blocked. <a href="${selection.linkWith('remote', '1')}">Load it</a>
      </div>`;
}
