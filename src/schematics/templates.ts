import { posix } from 'node:path';
import type { Application } from './application.js';
import { filesBelow } from './folder-files.js';
import { render } from './text/texts.js';

/** Returns the path of a file or folder among the mail templates, which are next to package.json. */
export function mailsPath(app: Application, name: string): string {
  return app.file(posix.join('mails', name));
}

/**
 * Returns whether the application's mails come from Liquid templates in /mails, as those of the sample mailer do. MJML
 * layouts need templates of MJML, which no generator writes.
 */
export function usesTemplates(app: Application): boolean {
  if (app.packages.liquidjs === undefined) return false;
  const templates = filesBelow(app.tree.getDir(mailsPath(app, ''))).filter((path) =>
    path.endsWith('.liquid'),
  );
  return templates.length > 0 && !templates.some((path) => app.read(path)?.includes('<mjml'));
}

/**
 * Returns whether the sample mailer may use a template. In an Nx workspace, a process may start in the workspace or in the
 * application's folder, and would find /mails only in one of them.
 */
export function canUseTemplates(app: Application): boolean {
  return app.place.nx === undefined && !app.tree.exists('/nx.json');
}

/** Writes a layout for the html of all mails, unless the application has layouts. */
export async function addLayout(app: Application): Promise<void> {
  if (app.tree.getDir(mailsPath(app, 'layouts')).subfiles.length > 0) return;
  await app.add(mailsPath(app, 'layouts/default.html.liquid'), render('layout.html.liquid'));
}
