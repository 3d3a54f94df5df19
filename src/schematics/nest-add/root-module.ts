import { posix } from 'node:path';
import type { Application } from '../application.js';
import { addToModule, type Entry } from '../typescript/module.js';

const modules: readonly Entry[] = [
  {
    name: 'JobsModule',
    from: 'nestjs-fledge',
    code: `JobsModule.forRoot({
  // redis:// or rediss://; unset: in memory, in this process
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
  // docker-compose.yml sets it, so that browsers on this machine see /mails in a container too
  preview: { allow: { peers: process.env.LOCAL_PEERS?.split(',') } },
})`,
  },
];

/** What a person writes where we cannot. */
export function byHand(): string {
  const imports = modules.map(({ name, from }) => `import { ${name} } from '${from}';`);
  const entries = modules.map(({ code }) => `    ${code!.replaceAll('\n', '\n    ')},`);
  return [...imports, '', '  imports: [', ...entries, '  ]'].join('\n');
}

export interface RootModule {
  readonly path: string;
  readonly name: string;
}

export function findRootModule(app: Application, file: string | undefined): RootModule | undefined {
  if (file === undefined) return app.rootModule();
  const path = [posix.join('/', file), posix.join(app.sourceRoot, file)].find((one) => app.tree.exists(one));
  if (path === undefined) throw new Error(`There is no file ${file}.`);
  return { path, name: /export\s+class\s+(\w+)/.exec(app.read(path)!)?.[1] ?? 'AppModule' };
}

/** Imports JobsModule and MailersModule in the root module. @returns what to do by hand, if it cannot be done */
export async function importModules(app: Application, root: RootModule): Promise<string[]> {
  const source = app.source(root.path);
  const refused = (why: string): string[] => [
    `${root.path.slice(1)} was not changed: ${why}. Write yourself:\n\n${byHand()}\n`,
  ];
  if (!source)
    return refused('no TypeScript 5 or 6 was found in the application (7 has no programmatic interface)');
  const edited = addToModule(source, 'imports', modules, root.name);
  if ('refused' in edited) return refused(edited.refused);
  await app.change(root.path, edited.text);
  return [];
}
