import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { root } from '../support/pack.js';
import { text } from './files.js';

const source = text('docker/Dockerfile');

/** Mistakes that the known linters miss, and features that buildah doesn't build without BuildKit. */
function faults(dockerfile: string): string[] {
  const lines = dockerfile
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter(Boolean);
  const all = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `));
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const names = all('FROM').flatMap((line) => / AS (\S+)$/.exec(line)?.[1] ?? []);
  const images = all('FROM')
    .map((line) => line.split(' ')[1]!)
    .filter((name) => !names.includes(name));
  const sources = lines.flatMap((line) => /^COPY .*--from=(\S+)/.exec(line)?.[1] ?? []);
  return [
    ...validate(dockerfile).map(
      ({ message, range }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`,
    ),
    ...(last[0]?.endsWith(' AS production') ? [] : ['the last stage is not production']),
    ...(last.includes('USER node') ? [] : ['production runs as root']),
    ...(last.some((line) => /^(RUN|ADD) /.test(line))
      ? ['production runs commands: layers that only grow']
      : []),
    ...[...all('CMD'), ...all('ENTRYPOINT')]
      .filter((line) => !/^\w+ \[/.test(line))
      .map((line) => `a shell is process 1: ${line}`),
    ...all('HEALTHCHECK')
      .filter((line) => !/ CMD \[/.test(line))
      .map((line) => `a shell for a check: ${line}`),
    ...images
      .filter((image) => !/^\$\{IMAGES\}\/node:24-bookworm-slim$/.test(image))
      .map((image) => `another base: ${image}`),
    ...sources.filter((name) => !names.includes(name)).map((name) => `no such stage: ${name}`),
    ...lines
      .filter((line) => /--link|--start-interval|<</.test(line))
      .map((line) => `BuildKit alone knows: ${line}`),
    ...lines
      .filter((line) => /npm (install|i)\b/.test(line))
      .map((line) => `not what the lock says: ${line}`),
    ...all('ENV')
      .filter((line) => /PASSWORD|SECRET|TOKEN|_URL/.test(line))
      .map((line) => `a secret in a layer: ${line}`),
  ];
}

describe('docker/Dockerfile', () => {
  it('has no known fault', () => expect(faults(source)).toEqual([]));

  it.each([
    ['a misspelled instruction', 'EXPOSE', 'EXPOS'],
    ['an unknown flag', '--interval=10s', '--intervall=10s'],
    ['root in production', 'USER node\n', ''],
    ['a shell as process 1', 'CMD ["node", "dist/main.js"]', 'CMD node dist/main.js'],
    ['single quotes', 'CMD ["node", "dist/main.js"]', "CMD ['node', 'dist/main.js']"],
    ['latest', '24-bookworm-slim', 'latest'],
    ['another last stage', 'AS production\n', 'AS prod\n'],
    ['a missing stage', '--from=production-deps', '--from=prod-deps'],
    ['a feature of BuildKit', 'COPY config config', 'COPY --link config config'],
    ['an install without the lock file', 'npm ci', 'npm install'],
    ['a secret', 'ENV NODE_ENV=production', 'ENV JOBS_PASSWORD=geheim'],
  ])('the check finds %s', (_, from, to) => {
    expect(source).toContain(from);
    expect(faults(source.replace(from, to))).not.toEqual([]);
  });

  it('has a version of Node that package.json allows', () => {
    const { engines } = JSON.parse(text('package.json')) as { engines: { node: string } };
    const [, major] = /node:(\d+)-/.exec(source)!;
    const [, least] = /^>=(\d+)\./.exec(engines.node)!;
    expect(Number(major)).toBeGreaterThan(Number(least));
  });

  it('copies nothing that .dockerignore excludes', () => {
    const ignored = text('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    for (const needed of ['**/node_modules', '**/dist', '.git']) expect(ignored).toContain(needed);
    const copied = [...source.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
      paths!.split(' '),
    );
    expect(copied).toContain('src');
    for (const path of copied) expect(ignored).not.toContain(path.split('/')[0]);
  });

  it.each(['.dockerignore', 'src/schematics/files/dockerignore.template'])(
    'copies no secrets, in whatever folder they are: %s',
    (file) => {
      // Docker's pattern syntax: ** is any number of folders, * is anything within a name.
      const patterns = text(file)
        .split('\n')
        .filter((line) => line && !line.startsWith('#'))
        .map((line) => line.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .map((line) => line.replace('**/', '(?:.*/)?').replace(/(?<!\.)\*/g, '[^/]*'))
        .map((line) => new RegExp(`^${line}(?:/|$)`));
      const isIgnored = (path: string): boolean => patterns.some((pattern) => pattern.test(path));
      for (const folder of ['', 'config/', 'apps/web/'])
        for (const name of ['.env', '.env.production', '.npmrc']) expect(folder + name).toSatisfy(isIgnored);
      for (const path of ['src/main.ts', 'src/env.ts', 'config/jobs.yml'])
        expect(path).not.toSatisfy(isIgnored);
    },
  );
});

describe('docker/app-dependencies.mjs', () => {
  interface Manifest {
    readonly dependencies: Readonly<Record<string, string>>;
  }

  it('names each package that the application and the library import, and nothing else', async () => {
    const { applicationManifest, appPackages, unusedPeers } = (await import(
      join(root, 'docker/app-dependencies.mjs')
    )) as {
      applicationManifest: (manifest: unknown) => Manifest;
      appPackages: string[];
      unusedPeers: string[];
    };
    const { dependencies } = applicationManifest(JSON.parse(text('package.json')));
    const imported = importedPackages('src');
    const missing = imported.filter((name) => !dependencies[name]);
    expect(missing.filter((name) => !unusedPeers.includes(name))).toEqual([]);
    expect(appPackages.filter((name) => !imported.includes(name))).toEqual(['class-transformer']);
    expect(() => applicationManifest({ devDependencies: {}, peerDependencies: {} })).toThrow(/csv-parse/);
  });
});

/** Packages that run in the image, so not those of specs, demo, generators and testing kit. */
function importedPackages(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const shipped = files.filter((file) => /^(?!demo\/|schematics\/|testing\/).*(?<!\.spec)\.ts$/.test(file));
  const specifiers = shipped.flatMap((file) =>
    [...text(join(folder, file)).matchAll(/(?:from|import|import\() ?'([\w@][\w@/.-]*)'/g)].map(
      ([, name]) => name!,
    ),
  );
  const packages = specifiers.filter((name) => !/^(node:|nestjs-fledge)/.test(name));
  return [
    ...new Set(
      packages.map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    ),
  ];
}
