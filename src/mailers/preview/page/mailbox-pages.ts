import type { Links } from './links.js';
import type { MailboxListing } from '../mailbox/mailbox.js';
import { html, type Html } from './html.js';

/** The list of mails, which `refresh` replaces when it is out of date. */
export function inbox(
  { entries }: MailboxListing,
  version: string,
  links: Links,
  current?: string,
  now = new Date(),
): Html {
  return html`<ul
    class="inbox"
    id="inbox"
    data-version="${version}"
    data-source="${links.to(['mailbox.json'])}"
  >
    ${entries.map(
      (entry) =>
        html`<li>
          <a href="${links.to(['mailbox', entry.id])}" ${entry.id === current && html`aria-current="page"`}>
            <b>${entry.subject || '(no subject)'}</b>
            ${entry.date && html`<time datetime="${entry.date.toISOString()}">${clock(entry.date, now)}</time>`}
            <span>${entry.to}</span>
          </a>
        </li>`,
    )}
  </ul>`;
}

/** The time of today's mails, the day of others. */
function clock(date: Date, now: Date): string {
  const day = (at: Date): string => at.toLocaleDateString('sv');
  return day(date) === day(now) ? date.toLocaleTimeString('sv', { timeStyle: 'short' }) : day(date);
}

export function mailboxIndex({ entries, total }: MailboxListing, description: string, list: Html): Html {
  const count =
    total === 0
      ? 'Nothing was sent yet. Mails appear here by themselves.'
      : total > entries.length && `The newest ${entries.length} of ${total} mails.`;
  return html`<h1>Mailbox</h1>
    <p class="muted" id="count">${count}</p>
    ${list}
    <p class="muted"><small>Mails are not sent but kept in ${description}.</small></p>`;
}

/** Where a screen reader hears of new mail. */
export const news = html`<p class="unseen" id="news" role="status"></p>`;
