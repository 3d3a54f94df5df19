import { posix } from 'node:path';
import type { Application } from '../application.js';
import { execCommand } from '../commands.js';
import { render } from '../text/texts.js';
import { addCompose } from './compose.js';
import { imageCommands, isMember, type ImageCommands } from './package-managers.js';
import { inShipping, ownDockerfile, workerFile } from './places.js';

/** Writes the files for the image, Docker Compose and CI. Existing files stay. @returns notes for the user */
export async function addShipping(
  app: Application,
  { ecs, codebuild }: { readonly ecs?: boolean; readonly codebuild?: boolean } = {},
): Promise<string[]> {
  const { above } = app;
  if (above !== undefined)
    return [
      `Nothing was added for Docker, because the workspace's root is ${above}, and this command can't write there. Run: ${execCommand(app, `fledge init${ecs ? ' --ecs' : ''}${codebuild ? ' --codebuild' : ''}`)}`,
    ];
  const commands = imageCommands(app);
  if (!commands)
    return [
      `Fledge has no Dockerfile for ${app.packageManager}${app.packageManager === 'yarn' ? " without node_modules (Plug'n'Play)" : ''}. Nothing was added for Docker.`,
    ];
  const own = ownDockerfile(app);
  const notes: string[] = [];
  if (own === undefined) await addImage(app, commands);
  else
    notes.push(
      `${own} was not changed. To start a worker, run the same image with the command: node ${workerFile(app)}${
        hasMails(app) ? '\nThe image must contain the mail templates too. Add to it: COPY mails mails' : ''
      }`,
    );
  await app.add(inShipping(app, 'docker/redis/redis.conf'), render('redis.conf'));
  notes.push(...(await addCompose(app, own)));
  if (ecs || codebuild) await addBuildspec(app, commands, own);
  return notes;
}

async function addBuildspec(
  app: Application,
  commands: ImageCommands,
  own: string | undefined,
): Promise<void> {
  const [path, other] = ['buildspec.yml', 'buildspec.yaml'].map((name) => inShipping(app, name));
  if (path === undefined || (other !== undefined && app.tree.exists(other))) return;
  await app.add(
    path,
    render('buildspec.yml', {
      tests: own === undefined ? inContainer(app) : onMachine(commands),
      dockerfile: own ?? 'docker/Dockerfile',
      target: own === undefined ? '--target production ' : '',
    }),
  );
}

async function addImage(app: Application, commands: ImageCommands): Promise<void> {
  const worker = app.compiled('main-worker');
  const folder = app.place.folder.slice(1);
  const values = {
    ...commands,
    worker,
    web: app.compiled('main'),
    testCommand: testWords(app)
      .map((word) => `"${word}"`)
      .join(', '),
  };
  const mails = hasMails(app) ? 'COPY mails mails\n' : '';
  await app.add(
    '/docker/Dockerfile',
    isMember(app)
      ? render('Dockerfile.workspace', { ...values, folder: folder === '' ? '' : `/${folder}` })
      : render('Dockerfile', { ...values, dist: outputFolder(worker), mails }),
  );
  await app.add('/docker/healthcheck.mjs', healthcheck(app));
  await app.add('/.dockerignore', render('dockerignore'));
}

/** Returns the words that run the application's tests in its folder. */
function testWords(app: Application): string[] {
  const { nx } = app.place;
  return nx ? execCommand(app, `nx run ${nx.name}:test`).split(' ') : [app.packageManager, 'test'];
}

/** Returns the folder of the compiled files: `dist` of `dist/apps/api/main-worker.js`, `apps/api/dist` of `apps/api/dist/main-worker.js`. */
function outputFolder(worker: string): string {
  const folders = posix.normalize(worker).split('/').slice(0, -1);
  const known = folders.findIndex((name) => /^(?:dist|build|out|lib)$/.test(name));
  return folders.slice(0, known + 1).join('/') || folders[0] || 'dist';
}

/** In a workspace the package may be in the application's own node_modules. */
export function healthcheck(app: Application): string {
  const find = `createRequire(\`\${process.cwd()}/\`).resolve('nestjs-fledge/package.json')`;
  return isMember(app)
    ? render('healthcheck.mjs', {
        imports: `import { readFileSync } from 'node:fs';\nimport { createRequire } from 'node:module';\n`,
        command: `${find}.replace('package.json', 'dist/cli/main.js')`,
      })
    : render('healthcheck.mjs', {
        imports: `import { readFileSync } from 'node:fs';\n`,
        command: `'../node_modules/nestjs-fledge/dist/cli/main.js'`,
      });
}

/** Returns whether the folder of mail templates has files. */
function hasMails(app: Application): boolean {
  const { subdirs, subfiles } = app.tree.getDir(app.file('mails'));
  return subdirs.length + subfiles.length > 0;
}

function inContainer(app: Application): string {
  return `      # Uses the image name of the service \`test\` in docker-compose.yml, so that compose doesn't build it again.
      - >-
        docker buildx build --file docker/Dockerfile --target test --build-arg IMAGES="$IMAGES"
        --cache-from type=registry,ref="$REPOSITORY_URI:cache-test" --cache-from type=registry,ref="$REPOSITORY_URI:cache"
        --cache-to type=registry,ref="$REPOSITORY_URI:cache-test",mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true
        --tag ${app.imageName}-test --load .
      - docker compose run --rm test
`;
}

function onMachine({ install, run }: ImageCommands): string {
  return `      - ${install}
      - JOBS_URL=redis://127.0.0.1:6379/1 ${run} test
`;
}
