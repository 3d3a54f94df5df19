import { sandbox, wantsRemote } from './frame.js';
import type { Links } from './links.js';
import { headersOf, type ShownAttachment, type ShownMail } from '../mails/shown-mail.js';
import { choice, type Option } from './choice.js';
import { html, type Html } from './html.js';

export interface MailView {
  readonly mail: ShownMail;
  readonly links: Links;
  /** The segments of this mail's page. */
  readonly at: readonly string[];
  /** Further things to choose from: examples, locales. Each is a key of the query. */
  readonly choices?: readonly MailChoice[];
}

export interface MailChoice {
  readonly name: string;
  readonly key: string;
  /** '' stands for what is chosen when nobody chooses. */
  readonly values: readonly string[];
  readonly chosen: string;
}

/** What can be asked of a mail's page. Whatever is chosen stays when something else is. */
const keys = ['example', 'locale', 'part', 'width', 'remote'] as const;

export function mailMain({ mail, links, at, choices = [] }: MailView): Html {
  const asked = (key: string): string => links.query.get(key) ?? '';
  const query = Object.fromEntries(keys.map((key) => [key, asked(key)]));
  const parts = partsOf(mail);
  const part = parts.find((one) => one === asked('part')) ?? parts[0]!;
  const make = { example: asked('example'), locale: asked('locale') };
  const ask = (key: string, value: string): string => links.to(at, { ...query, [key]: value });
  const option = (key: string, value: string, label: string, chosen: boolean): Option => {
    return { label, href: ask(key, value), chosen };
  };
  const narrow = asked('width') === 'narrow';
  return html`
    <h1>${mail.subject}</h1>
    ${envelope(mail.envelope)}
    ${files(mail.attachments, (i) => links.to([...at, 'attachments', `${i}`], make))}
    <div class="tools">
      ${choices.map(({ name, key, values, chosen }) =>
        choice(
          name,
          values.map((value) => option(key, value, value || 'Default', value === chosen)),
        ),
      )}
      ${choice(
        'Part',
        parts.map((one) => option('part', one, partNames[one]!, one === part)),
        false,
      )}
      ${
        part === 'html' &&
        choice('Width', [
          option('width', '', 'Wide', !narrow),
          option('width', 'narrow', 'Narrow, 375 px', narrow),
        ])
      }
      <a class="push" href="${links.to([...at, 'message.eml'], make)}" download>Download .eml</a>
    </div>
    ${part === 'html' && wantsRemote(mail) && remoteNotice(asked('remote') === '1', ask)}
    <section class="stage ${part === 'html' && narrow && 'narrow'}" aria-label="${partNames[part]}">
      ${
        part === 'html'
          ? html`<iframe
              title="The mail"
              sandbox="${sandbox}"
              src="${links.to([...at, 'frame'], { ...make, remote: asked('remote') })}"
            ></iframe>`
          : part === 'text'
            ? html`<pre>${mail.text}</pre>`
            : envelope(headersOf(mail))
      }
    </section>
  `;
}

const partNames: Readonly<Record<string, string>> = { html: 'Html', text: 'Text', headers: 'Headers' };

function partsOf({ html: hypertext, text }: ShownMail): string[] {
  return [...(hypertext === undefined ? [] : ['html']), ...(text === undefined ? [] : ['text']), 'headers'];
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

function remoteNotice(allowed: boolean, ask: (key: string, value: string) => string): Html {
  return allowed
    ? html`<div class="notice">Remote content is loaded. <a href="${ask('remote', '')}">Block it</a></div>`
    : html`<div class="notice">Remote content is blocked. <a href="${ask('remote', '1')}">Load it</a></div>`;
}
