import type { Links } from './links.js';
import type { MailboxListing } from '../mailbox/mailbox.js';
import { html, type Html } from './html.js';

/** Returns the list of mails. The script `refresh` replaces it when new mail arrives. */
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

/** Returns the time for a mail of today, and the date for an older one. */
function clock(date: Date, now: Date): string {
  const day = (at: Date): string => at.toLocaleDateString('sv');
  return day(date) === day(now) ? date.toLocaleTimeString('sv', { timeStyle: 'short' }) : day(date);
}

export function mailboxIndex({ entries, total }: MailboxListing, description: string, list: Html): Html {
  const count =
    total === 0
      ? 'No mail was sent yet. New mails appear here without a reload.'
      : total > entries.length && `The newest ${entries.length} of ${total} mails.`;
  return html`<h1>Mailbox</h1>
    <p class="muted" id="count">${count}</p>
    ${list}
    <p class="muted"><small>Mails are kept in ${description} and are not sent.</small></p>`;
}

/** The status line that screen readers announce when new mail arrives. */
export const newMailStatus = html`<p class="unseen" id="news" role="status"></p>`;
