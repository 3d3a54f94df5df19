import { Html } from './html.js';

/** Looks for new mails every two seconds while the page is seen, and replaces the list when there are some. */
export const refresh = new Html(`
async function look() {
  const list = document.getElementById('inbox');
  const { version } = await (await fetch(list.dataset.source)).json();
  if (version === list.dataset.version) return;
  // Without its styles: they carry another nonce than this page's, and the browser would complain.
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
setInterval(() => document.hidden || look().catch(() => undefined), 2000);
`);
