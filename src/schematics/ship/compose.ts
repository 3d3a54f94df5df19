import { isAlias, parseDocument, type Document, type YAMLMap } from 'yaml';
import type { Application } from '../application.js';
import { render } from '../text/texts.js';
import { addWorker } from './compose-worker.js';
import { isEmpty, servicesOf, takeService } from './compose-yaml.js';
import { buildOf, composeFile, inShipping, workerFile } from './places.js';
import { yamlText } from './yaml-text.js';

/** Writes docker-compose.yml, or adds the missing services to an existing file. @returns notes for the user */
export async function addCompose(app: Application, own: string | undefined): Promise<string[]> {
  const values = { worker: workerFile(app), name: app.imageName };
  const template = render('docker-compose.yml', values);
  const path = composeFile(app);
  if (path !== undefined) return extendCompose(app, path, template, own);
  const text = own === undefined ? template : withOwnDockerfile(template, buildOf(app, own));
  await app.add(inShipping(app, 'docker-compose.yml'), text);
  return [];
}

/** Changes the template for an application that has a Dockerfile, whose stages are unknown. */
function withOwnDockerfile(template: string, build: string | object): string {
  const document = parseDocument(template);
  document.deleteIn(['services', 'test']);
  for (const service of ['web', 'worker'])
    document.setIn(['services', service, 'build'], document.createNode(build));
  return yamlText(document, template)
    .split('\n')
    .filter((line) => !line.startsWith('# docker compose run --rm --build test'))
    .join('\n');
}

async function extendCompose(
  app: Application,
  path: string,
  templateText: string,
  own: string | undefined,
): Promise<string[]> {
  const text = app.tree.readText(path);
  const document = parseDocument(text);
  const services = servicesOf(document);
  if (document.errors.length > 0 || !services) {
    return [
      `${path.slice(1)} was not changed: it has no mapping "services". Add the services redis and worker.`,
    ];
  }
  const template = parseDocument(templateText);
  const notes = [
    ...addRedis(document, services, template),
    ...(services.has('worker') ? [] : addWorker(app, document, services, template, own)),
  ];
  if (own === undefined && !services.has('test')) takeService(services, template, 'test');
  replaceAliases(document);
  // Compares values, so that a file with another layout is not rewritten without a change.
  if (JSON.stringify(document.toJSON()) === JSON.stringify(parseDocument(text).toJSON())) return [];
  await app.change(path, yamlText(document, text, templateText));
  return notes;
}

function addRedis(document: Document, services: YAMLMap, template: Document): string[] {
  if (services.has('redis'))
    return ['The service redis was not changed. Run `npx fledge doctor` to check its settings for jobs.'];
  takeService(services, template, 'redis');
  const volumes = document.get('volumes', true);
  if (volumes === undefined || isEmpty(volumes)) document.set('volumes', document.createNode({}));
  document.setIn(['volumes', 'redis-data'], null);
  return [];
}

/** Replaces the alias of the build arguments. In the template its anchor is in the service web. */
function replaceAliases(document: Document): void {
  for (const name of ['worker', 'test']) {
    if (isAlias(document.getIn(['services', name, 'build', 'args'], true)))
      document.setIn(['services', name, 'build', 'args'], { IMAGES: '${IMAGES:-docker.io/library}' });
  }
}
