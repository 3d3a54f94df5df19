import type { Application } from '../application.js';

/** Matches `.env.example`, `.env.template`, `env-example-relational` and similar names. */
const example = /^\.?env[.-](example|template|sample|dist)/;
const variables = [
  {
    name: 'JOBS_URL',
    lines:
      '# Where jobs are stored. If unset: in memory, in the web process, for development only.\n# JOBS_URL=redis://localhost:6379\n',
  },
  {
    name: 'SMTP_URL',
    lines:
      '# Where mails are sent. If unset: they are written to .eml files, for development only.\n# SMTP_URL=smtp://localhost:1025\n',
  },
];

/** Adds the variables to the application's example environments. They are commented out, because none is required. */
export async function addVariables(app: Application): Promise<void> {
  const examples = app.tree
    .getDir(app.place.folder)
    .subfiles.filter((file) => example.test(file))
    .map((file) => app.file(file));
  if (examples.length === 0)
    await app.add(app.file('.env.example'), variables.map(({ lines }) => lines).join(''));
  for (const file of examples) {
    const text = app.tree.readText(file);
    const missing = variables.filter(({ name }) => !text.includes(name));
    const newline = text.includes('\r\n') ? '\r\n' : '\n';
    const gap = text === '' || text.endsWith('\n') ? '' : newline;
    const added = missing.map(({ lines }) => lines.replaceAll('\n', newline)).join('');
    if (missing.length > 0) app.rewrite(file, `${text}${gap}${added}`);
  }
}
