import { posix } from 'node:path';
import type { Application } from '../application.js';
import { render } from '../text/texts.js';
import { addCompose } from './compose.js';
import { imageCommands, type ImageCommands } from './package-managers.js';

/** Writes the files for the image, Docker Compose and CI. Existing files stay. @returns notes for the user */
export async function addShipping(app: Application): Promise<string[]> {
  const commands = imageCommands(app);
  if (!commands) return [`Fledge has no Dockerfile for ${app.packageManager}. Nothing was added for Docker.`];
  const own = ownDockerfile(app);
  const worker = app.compiled('main-worker');
  const notes: string[] = [];
  if (own === undefined) await addImage(app, commands);
  else
    notes.push(
      `${own} was not changed. To start a worker, run the same image with the command: node ${worker}${
        hasMails(app) ? '\nThe image must contain the mail templates too. Add to it: COPY mails mails' : ''
      }`,
    );
  await app.add('/docker/redis/redis.conf', render('redis.conf'));
  notes.push(...(await addCompose(app, own !== undefined)));
  const tests = own === undefined ? inContainer(app) : onMachine(commands);
  if (!app.tree.exists('/buildspec.yml') && !app.tree.exists('/buildspec.yaml'))
    await app.add(
      '/buildspec.yml',
      render('buildspec.yml', {
        tests,
        dockerfile: own ?? 'docker/Dockerfile',
        target: own === undefined ? '--target production ' : '',
      }),
    );
  return notes;
}

/** Returns the Dockerfile that seems to build production. Ignores the one that an earlier run has written. */
function ownDockerfile(app: Application): string | undefined {
  const names = [
    'Dockerfile.prod',
    'Dockerfile.production',
    'Dockerfile',
    'docker/Dockerfile',
    '.docker/Dockerfile',
  ];
  const found = names.find((name) => app.tree.exists(`/${name}`));
  return found === 'docker/Dockerfile' && app.tree.exists('/docker/healthcheck.mjs') ? undefined : found;
}

async function addImage(app: Application, commands: ImageCommands): Promise<void> {
  const worker = app.compiled('main-worker');
  const [dist = 'dist'] = posix.normalize(worker).split('/');
  await app.add(
    '/docker/Dockerfile',
    render('Dockerfile', {
      ...commands,
      worker,
      web: app.compiled('main'),
      dist,
      mails: hasMails(app) ? 'COPY mails mails\n' : '',
      testCommand: `"${app.packageManager}", "test"`,
    }),
  );
  await app.add('/docker/healthcheck.mjs', render('healthcheck.mjs'));
  await app.add('/.dockerignore', render('dockerignore'));
}

/** Returns whether the folder of mail templates has files. */
function hasMails(app: Application): boolean {
  const { subdirs, subfiles } = app.tree.getDir('/mails');
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
