import { posix } from 'node:path';
import type { Application } from '../application.js';
import { addToModule, codeOf, type Entry } from '../typescript/module.js';

const modules: readonly Entry[] = [
  {
    name: 'JobsModule',
    from: 'nestjs-fledge',
    code: `JobsModule.forRoot({
  // A redis:// or rediss:// URL. If unset, jobs are kept in memory and run in this process.
  url: process.env.JOBS_URL,
  queues: { default: { concurrency: 10 }, mailers: { concurrency: 5 } },
})`,
  },
  {
    name: 'MailersModule',
    from: 'nestjs-fledge/mailers',
    code: `MailersModule.forRoot({
  transport: process.env.SMTP_URL,
  from: 'Acme <hello@acme.test>',
  // docker-compose.yml sets LOCAL_PEERS, so that browsers on this machine can open /mails in a container.
  preview: { allow: { peers: process.env.LOCAL_PEERS?.split(',') } },
})`,
  },
];

/** Returns the lines to add to the root module, for a module that cannot be edited. */
function linesToAdd(): string {
  const imports = modules.map(({ name, from }) => `import { ${name} } from '${from}';`);
  const entries = modules.map((entry) => `    ${codeOf(entry).replaceAll('\n', '\n    ')},`);
  return [...imports, '', '  imports: [', ...entries, '  ]'].join('\n');
}

export interface RootModule {
  readonly path: string;
  readonly name: string;
}

export function findRootModule(app: Application, file: string | undefined): RootModule | undefined {
  if (file === undefined) return app.rootModule();
  const path = ['/', app.place.folder, app.sourceRoot]
    .map((folder) => posix.join(folder, file))
    .find((one) => app.tree.exists(one));
  if (path === undefined) throw new Error(`The file ${file} does not exist. Pass another --module.`);
  return { path, name: /export\s+class\s+(\w+)/.exec(app.read(path) ?? '')?.[1] ?? 'AppModule' };
}

/** Imports JobsModule and MailersModule in the root module. @returns a note with the lines to add, if it cannot be edited */
export async function importModules(app: Application, root: RootModule): Promise<string[]> {
  const source = app.source(root.path);
  const refused = (why: string): string[] => [
    `${root.path.slice(1)} was not changed: ${why}. Add these lines yourself:\n\n${linesToAdd()}\n`,
  ];
  if (!source)
    return refused(
      'TypeScript 5 or 6 was not found in the application, and TypeScript 7 has no programmatic interface',
    );
  const edited = addToModule(source, 'imports', modules, root.name);
  if ('refused' in edited) return refused(edited.refused);
  await app.change(root.path, edited.text);
  return [];
}
