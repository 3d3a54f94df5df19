import { Html } from './html.js';

/** Checks for new mail every two seconds while the page is visible, and replaces the list when there is some. */
export const refresh = new Html(`
async function check() {
  const list = document.getElementById('inbox');
  const { version } = await (await fetch(list.dataset.source)).json();
  if (version === list.dataset.version) return;
  // Removes the styles. They have another nonce than this page, so the browser would report a violation.
  const source = (await (await fetch(location.href)).text()).replace(/<style[^]*?<.style>/, '');
  const page = new DOMParser().parseFromString(source, 'text/html');
  const focused = list.contains(document.activeElement) && document.activeElement.getAttribute('href');
  for (const id of ['inbox', 'count']) {
    const fresh = page.getElementById(id);
    if (fresh) document.getElementById(id)?.replaceWith(fresh);
  }
  [...document.querySelectorAll('#inbox a')].find((link) => link.getAttribute('href') === focused)?.focus();
  document.getElementById('news').textContent = 'There is new mail.';
}
setInterval(() => document.hidden || check().catch(() => undefined), 2000);
`);
