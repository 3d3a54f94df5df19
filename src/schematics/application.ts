import type { Tree } from '@angular-devkit/schematics';
import { posix } from 'node:path';
import { loadPrettier, pretty, type Prettier } from './text/prettier.js';
import { inStyle, styleOf, type Style } from './text/texts.js';
import { bootedModule } from './typescript/entrypoint.js';
import { loadTypeScript, type TypeScript } from './typescript/load.js';
import { Source } from './typescript/source.js';

export interface Manifest {
  readonly type?: string;
  readonly packageManager?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** What the schematics need to know of the application that they are run in. */
export class Application {
  readonly manifest: Manifest;
  readonly packages: Readonly<Record<string, string>>;
  readonly sourceRoot: string;
  readonly typescript: TypeScript | undefined;
  private prettier: Prettier | undefined;
  private touched = 0;

  /** @param root where the application's own packages are found: the directory that the command runs in */
  constructor(
    readonly tree: Tree,
    readonly root: string,
    sourceRoot?: string,
  ) {
    if (!tree.exists('/package.json'))
      throw new Error('There is no package.json here. Run it in the application’s root.');
    this.manifest = tree.readJson('/package.json') as unknown as Manifest;
    this.packages = { ...this.manifest.devDependencies, ...this.manifest.dependencies };
    const cli = tree.exists('/nest-cli.json')
      ? (tree.readJson('/nest-cli.json') as { sourceRoot?: string })
      : {};
    this.sourceRoot = posix.join('/', sourceRoot ?? cli.sourceRoot ?? 'src');
    this.typescript = loadTypeScript(root);
  }

  /** Loads what can only be loaded asynchronously: the application's Prettier, if it uses one. */
  async open(): Promise<this> {
    if (this.packages.prettier !== undefined) this.prettier = await loadPrettier(this.root);
    return this;
  }

  get packageManager(): PackageManager {
    const named = /^(npm|pnpm|yarn|bun)@/.exec(this.manifest.packageManager ?? '')?.[1];
    if (named) return named as PackageManager;
    if (this.tree.exists('/pnpm-lock.yaml')) return 'pnpm';
    if (this.tree.exists('/yarn.lock')) return 'yarn';
    return this.tree.exists('/bun.lock') || this.tree.exists('/bun.lockb') ? 'bun' : 'npm';
  }

  get testRunner(): 'vitest' | 'jest' | undefined {
    if (this.packages.vitest !== undefined) return 'vitest';
    return this.packages.jest === undefined ? undefined : 'jest';
  }

  /** Whether a test that we write could run. */
  get canTest(): boolean {
    return this.testRunner !== undefined && this.packages['@nestjs/testing'] !== undefined;
  }

  /** Whether relative imports are written with `.js`: ES modules need it, and some CommonJS applications do it. */
  get suffix(): '.js' | '' {
    if (this.manifest.type === 'module') return '.js';
    const main = this.read(`${this.sourceRoot}/main.ts`) ?? '';
    return /from\s+['"]\.[^'"]*\.js['"]/.test(main) ? '.js' : '';
  }

  /** The compiled file of an entrypoint: where `start:prod` says that main.ts lands. */
  compiled(entry: string): string {
    const words = (this.manifest.scripts?.['start:prod'] ?? '').split(/\s+/);
    const node = words.findIndex((word) => /\bnode$/.test(word));
    const folders = words
      .slice(node + 1)
      .map((word) => /^["']?([\w./-]*\/)main(?:\.js)?["']?$/.exec(word)?.[1]);
    const folder = node === -1 ? undefined : folders.findLast((one) => one !== undefined);
    return `${folder ?? 'dist/'}${entry}.js`;
  }

  /** The style of files that we add: the root module's. */
  get style(): Style {
    return styleOf(this.read(this.rootModule()?.path ?? `${this.sourceRoot}/main.ts`) ?? '');
  }

  /** The file of the module that main.ts boots, and the module's name. */
  rootModule(): { path: string; name: string } | undefined {
    const main = this.source(`${this.sourceRoot}/main.ts`);
    const booted = main && bootedModule(main);
    const [name, from] = [booted?.name ?? 'AppModule', booted?.from ?? './app.module'];
    const below = from.replace(/\.js$/, '');
    const guesses = [
      posix.join(this.sourceRoot, below),
      posix.join('/', below),
      posix.join(this.sourceRoot, below.replace(/^[@~]\/?/, '')),
      posix.join(this.sourceRoot, 'app.module'),
      posix.join(this.sourceRoot, 'app/app.module'),
    ];
    const path = guesses.map((guess) => `${guess}.ts`).find((file) => this.tree.exists(file));
    return path === undefined ? undefined : { path, name };
  }

  read(path: string): string | undefined {
    return this.tree.exists(path) ? this.tree.readText(path) : undefined;
  }

  source(path: string): Source | undefined {
    const text = this.read(path);
    return text === undefined || !this.typescript ? undefined : new Source(this.typescript, path, text);
  }

  /** A relative import of `to`, seen from the file `from`. */
  importPath(from: string, to: string): string {
    const path = posix.relative(posix.dirname(from), to.replace(/\.ts$/, ''));
    return `${path.startsWith('.') ? path : `./${path}`}${this.suffix}`;
  }

  /** Whether anything was written. */
  get changed(): boolean {
    return this.touched > 0;
  }

  /** Writes a file that is not there yet. @returns whether it was written */
  async add(path: string, text: string): Promise<boolean> {
    if (this.tree.exists(path)) return false;
    // Only code: what a container reads has \n on all machines.
    const isCode = path.endsWith('.ts');
    this.touched += 1;
    this.tree.create(path, isCode ? await this.formatted(path, inStyle(text, this.style)) : text);
    return true;
  }

  /** Rewrites a file; where its text was as Prettier leaves it, so is the new one. */
  async change(path: string, text: string): Promise<boolean> {
    const before = this.tree.readText(path);
    if (text === before) return false;
    const keeps = this.prettier && (await this.formatted(path, before)) === before;
    this.rewrite(path, keeps ? await this.formatted(path, text) : text);
    return true;
  }

  /** Rewrites a file with a text that is as it should be. */
  rewrite(path: string, text: string): void {
    this.touched += 1;
    this.tree.overwrite(path, text);
  }

  private async formatted(path: string, text: string): Promise<string> {
    return this.prettier ? pretty(this.prettier, this.root, path, text) : text;
  }
}
