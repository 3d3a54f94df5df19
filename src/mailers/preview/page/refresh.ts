import { Html } from './html.js';

/** Looks for new mails every two seconds while the page is seen, and replaces the list when there are some. */
export const refresh = new Html(`
async function look() {
  const list = document.getElementById('inbox');
  const { version } = await (await fetch(list.dataset.source)).json();
  if (version === list.dataset.version) return;
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
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
