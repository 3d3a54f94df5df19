import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './pack.js';

/** The files of an application by their paths, such as `src/main.ts`. */
export type Files = Readonly<Record<string, string>>;

/** Code blocks whose first line is a path, below a comment with the names of the applications that have this file. */
const blocks = /<!-- app ([\w ]+) -->\n\n```ts\n\/\/ (src\/\S+)\n([^]*?)```/g;

/** The applications on a page of docs/, by name. */
export async function appsOf(page: string): Promise<Map<string, Files>> {
  const apps = new Map<string, Files>();
  for (const [, names, path, text] of (await readFile(join(root, page), 'utf8')).matchAll(blocks))
    for (const name of names!.split(' ')) apps.set(name, { ...apps.get(name), [path!]: text! });
  return apps;
}

/**
 * Compiles applications together, with strict types. They import the packages of this repository, and the built library as
 * `nestjs-fledge`.
 */
export class CompiledApps {
  private constructor(private readonly folder: string) {}

  static async of(apps: ReadonlyMap<string, Files>): Promise<CompiledApps> {
    const folder = await mkdtemp(join(tmpdir(), 'fledge-pages-'));
    await linkPackages(join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const compilerOptions = {
      module: 'nodenext',
      target: 'ES2023',
      strict: true,
      outDir: 'dist',
      rootDir: '.',
      types: ['node'],
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      skipLibCheck: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/src'] }));
    for (const [name, files] of apps)
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, name, path)), { recursive: true });
        await writeFile(join(folder, name, path), text);
      }
    await compile(folder);
    return new CompiledApps(folder);
  }

  /** The compiled file of an application, such as `main-worker`. */
  entry(app: string, name: string): string {
    return join(this.folder, 'dist', app, 'src', `${name}.js`);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function linkPackages(target: string): Promise<void> {
  const installed = join(root, 'node_modules');
  await mkdir(target);
  for (const name of await readdir(installed))
    if (!name.startsWith('.')) await symlink(join(installed, name), join(target, name));
  await symlink(root, join(target, 'nestjs-fledge'));
}

async function compile(folder: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler], { cwd: folder }).catch(
    (error: { stdout?: string }) => {
      throw new Error(`The code of a page does not compile:\n${error.stdout}`, { cause: error });
    },
  );
}
