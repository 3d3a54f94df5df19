import { readFileSync } from 'node:fs';
import type { Application } from '../application.js';
import { render } from '../text/texts.js';

/** Made by the constructs of infra/, and shipped with the package. */
const template = new URL('../../../infra/template.yaml', import.meta.url);

/** Web, worker and ElastiCache as plain CloudFormation, with this application's commands. @returns what to tell of it */
export async function addEcs(app: Application): Promise<string[]> {
  const path = '/infra/template.yaml';
  if (app.tree.exists(path)) return [];
  const text = readFileSync(template, 'utf8')
    .replaceAll('dist/main-worker.js', app.compiled('main-worker'))
    .replaceAll('dist/main.js', app.compiled('main'))
    // Of the package's own repository, where it can be made anew.
    .replace(/^# Made by .*\n/, '# From nestjs-fledge: docs/deploy.md there says how to deploy it.\n');
  await app.add(path, text);
  // The template's health check, which ECS does not take from the image.
  await app.add('/docker/healthcheck.mjs', render('healthcheck.mjs'));
  return [
    'infra/template.yaml has web, worker, ElastiCache, a small PostgreSQL and their alarms as CloudFormation; nothing of it is deployed. It asks the image by node docker/healthcheck.mjs: a Dockerfile of your own must copy that file.',
  ];
}
