import { pageDocument } from '../page/document.js';
import { html, type Html } from '../page/html.js';
import { sendPage, type Reply } from '../page/reply.js';
import type { Refusal } from './local-visitors.js';
import { unixSocket } from './peers.js';

/** Answers 403 with a page that names the option to set. It contains nothing of the refused page. */
export function sendRefusal(reply: Reply, refusal: Refusal): void {
  sendPage(reply, 403, (nonce) => refusalPage(refusal, nonce));
}

function refusalPage(refusal: Refusal, nonce: string): Html {
  const title = 'This page is open to this machine only';
  const body = html`<div class="single">
    <main>
      <h1>${title}</h1>
      <p>
        It has no guards, so it is shown only to browsers on the machine that runs the application, under a
        name such as localhost.
      </p>
      ${reasons(refusal).map((reason) => html`<p>${reason}</p>`)} ${remedy(refusal)}
    </main>
  </div>`;
  return pageDocument({ title, body, nonce });
}

function reasons({ host, peer }: Refusal): string[] {
  const found: string[] = [];
  if (host.value === undefined)
    found.push('The request has no Host header, several, or one without a valid name.');
  else if (!host.allowed) found.push(`The request's Host header has another name: ${short(host.value)}.`);
  if (peer.value === undefined) found.push("The server does not pass on the connection's address.");
  else if (peer.value === unixSocket && !peer.allowed) found.push('The connection came over a Unix socket.');
  else if (!peer.allowed) found.push(`The connection came from another address: ${peer.value}.`);
  return found;
}

/** Returns the options that open the page. No value of `allow` admits a request that has no host or no peer. */
function remedy({ host, peer, option: { module, option } }: Refusal): Html {
  const call = (value: string): string => `${module}.forRoot({ ${option}: { ${value} } })`;
  const allow = [
    !host.allowed && host.value !== undefined && `hosts: ['${short(host.value)}']`,
    !peer.allowed && peer.value !== undefined && `peers: ['${peer.value}']`,
  ].filter((entry) => entry !== false);
  const isOpenable = host.value !== undefined && peer.value !== undefined;
  const opening = html`<p>To open the page to requests like this one, allow them:</p>
    <pre class="code">${call(`allow: { ${allow.join(', ')} }`)}</pre>`;
  return html`${isOpenable && opening}
    <p>${isOpenable ? 'To admit only users who are logged in' : 'To open the page anyway'}, set guards:</p>
    <pre class="code">${call('guards: [AdminGuard]')}</pre>`;
}

/** Shortens a header, which can be kilobytes long. */
function short(host: string): string {
  return host.length > 100 ? `${host.slice(0, 100)}…` : host;
}
