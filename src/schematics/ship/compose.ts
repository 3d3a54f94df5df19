import { isAlias, isMap, isSeq, Pair, parseDocument, Scalar, visit, YAMLMap, type Document } from 'yaml';
import type { Application } from '../application.js';
import { render } from '../text/texts.js';
import { yamlText } from './yaml-text.js';

const places = ['docker-compose.yml', 'docker-compose.yaml', 'compose.yml', 'compose.yaml'];
/** What only one container can have, or what is the web process's alone. */
const webOnly = [
  'ports',
  'expose',
  'container_name',
  'hostname',
  'healthcheck',
  'labels',
  'command',
  'depends_on',
];

/** The networks that Docker and Docker Desktop make by themselves: a request from the host comes from their gateways. */
const dockerGateways = '172.16.0.0/12,192.168.65.0/24';

/** Writes docker-compose.yml, or adds to the one that is there what it lacks. @returns what to tell of it */
export async function addCompose(app: Application, ownDockerfile: boolean): Promise<string[]> {
  const name =
    (app.tree.readJson('/package.json') as { name?: string }).name?.replace(/[^a-z0-9-]/g, '-') ?? 'app';
  const template = render('docker-compose.yml', { worker: app.compiled('main-worker'), name });
  const path = places.map((place) => `/${place}`).find((place) => app.tree.exists(place));
  if (path !== undefined) return extendCompose(app, path, template, ownDockerfile);
  const text = ownDockerfile ? withOwnDockerfile(template) : template;
  await app.add('/docker-compose.yml', text);
  return [];
}

/** For an application that has its Dockerfile: that is built, whose stages we do not know. */
function withOwnDockerfile(template: string): string {
  const document = parseDocument(template);
  document.deleteIn(['services', 'test']);
  for (const service of ['web', 'worker']) document.setIn(['services', service, 'build'], '.');
  return yamlText(document, template)
    .split('\n')
    .filter((line) => !line.startsWith('# docker compose run --rm --build test'))
    .join('\n');
}

async function extendCompose(
  app: Application,
  path: string,
  templateText: string,
  ownDockerfile: boolean,
): Promise<string[]> {
  const text = app.tree.readText(path);
  const document = parseDocument(text);
  const services = document.get('services');
  if (document.errors.length > 0 || !isMap(services)) {
    return [
      `${path.slice(1)} was not changed: it has no mapping "services". Add the services redis and worker.`,
    ];
  }
  const notes: string[] = [];
  const hadRedis = services.has('redis');
  const template = parseDocument(templateText);
  const pieces = template.get('services') as YAMLMap;
  if (hadRedis) {
    notes.push(`The service redis stays as it is. \`npx fledge doctor\` tells whether it is fit for jobs.`);
  } else {
    take(services, pieces, 'redis');
    if (document.get('volumes', true) === undefined || isEmpty(document.get('volumes', true)))
      document.set('volumes', document.createNode({}));
    document.setIn(['volumes', 'redis-data'], null);
  }
  if (!services.has('worker')) {
    const web = webService(services);
    if (web) {
      notes.push(connect(app, document, web.name, web.service));
      add(services, 'worker', workerLike(app, document, web.service));
      notes.push(...openPages(document, web.name, web.service));
    } else {
      take(services, pieces, 'worker');
      if (ownDockerfile) document.setIn(['services', 'worker', 'build'], '.');
      document.deleteIn(['services', 'worker', 'environment', 'SMTP_URL']);
      // That one may have no health check to wait for, and there is no service for mails.
      document.setIn(['services', 'worker', 'depends_on'], ['redis']);
    }
  }
  if (!ownDockerfile && !services.has('test')) take(services, pieces, 'test');
  // The template says it once, in its service web.
  for (const name of ['worker', 'test']) {
    if (isAlias(document.getIn(['services', name, 'build', 'args'], true)))
      document.setIn(['services', name, 'build', 'args'], { IMAGES: '${IMAGES:-docker.io/library}' });
  }
  const changed = document.toJSON();
  // Compared as values: a file whose layout is not ours must not change for that alone.
  if (JSON.stringify(changed) === JSON.stringify(parseDocument(text).toJSON())) return [];
  await app.change(path, yamlText(document, text, templateText));
  return notes;
}

const isEmpty = (node: unknown): boolean => node === null || (node instanceof Scalar && node.value === null);

/** A service that is built and serves: by its name, else the only one that is built. */
function webService(services: YAMLMap): { name: string; service: YAMLMap } | undefined {
  const built = services.items.flatMap(({ key, value }) =>
    isMap(value) && value.has('build') ? [{ name: String(key), service: value as YAMLMap }] : [],
  );
  return (
    built.find(({ name }) => /^(web|app|api|server|backend|nest)/.test(name)) ??
    (built.length === 1 ? built[0] : undefined)
  );
}

/** The web service's copy in another role: the same image, settings and files, with the worker's command. */
function workerLike(app: Application, document: Document, web: YAMLMap): YAMLMap {
  const worker = web.clone() as YAMLMap;
  // Named once, in the original.
  visit(worker, { Node: (_, node) => void (isAlias(node) || delete node.anchor) });
  const command = JSON.stringify(web.toJSON() as { command?: unknown });
  // Where the sources are mounted and compiled as they change, there is nothing else that node could run.
  const develops = command.includes('start:dev') || command.includes('start:debug');
  for (const key of webOnly) worker.delete(key);
  const run = app.packageManager === 'npm' ? ['npm', 'run'] : [app.packageManager, 'run'];
  const args = develops ? [...run, 'start:worker:dev'] : ['node', app.compiled('main-worker')];
  worker.set('command', document.createNode(args, { flow: true }));
  setVariable(document, worker, 'JOBS_STOP_TIMEOUT', '30');
  worker.set('stop_grace_period', '30s');
  const needs = web.get('depends_on', true);
  if (isMap(needs) || isSeq(needs)) worker.set('depends_on', needs.clone());
  dependOnRedis(document, worker);
  worker.commentBefore =
    ' The image and settings of the web process; no published port, so that --scale worker=3 works.';
  return worker;
}

/** Gives the web process the store's address. */
function connect(app: Application, document: Document, name: string, web: YAMLMap): string {
  setVariable(document, web, 'JOBS_URL', 'redis://redis:6379/0');
  dependOnRedis(document, web);
  return `The service ${name} got JOBS_URL and waits for redis; worker is its copy with the command of ${app.compiled('main-worker')}.`;
}

/** Opens the mail pages to Docker's gateways, as our own compose file does, where only this machine comes through them. */
function openPages(document: Document, name: string, web: YAMLMap): string[] {
  const { ports = [] } = web.toJSON() as { ports?: unknown };
  const isLocal = (port: unknown): boolean =>
    typeof port === 'object' && port !== null
      ? 'host_ip' in port && port.host_ip === '127.0.0.1'
      : String(port).startsWith('127.0.0.1:');
  if (Array.isArray(ports) && ports.length > 0 && ports.every(isLocal)) {
    setVariable(document, web, 'LOCAL_PEERS', dockerGateways);
    return [];
  }
  return [
    `The service ${name} publishes no port on 127.0.0.1 alone, so /mails answers 403 in its container. Publish "127.0.0.1:3000:3000" and set LOCAL_PEERS: ${dockerGateways}.`,
  ];
}

function setVariable(document: Document, service: YAMLMap, name: string, value: string): void {
  const environment = service.get('environment', true);
  if (isSeq(environment)) {
    const present = environment.items.some((item) => String(item).startsWith(`${name}=`));
    if (!present) environment.add(document.createNode(`${name}=${value}`));
    return;
  }
  if (isAlias(environment)) {
    const merged = new YAMLMap();
    merged.items.push(new Pair(new Scalar('<<'), environment), document.createPair(name, value));
    service.set('environment', merged);
  } else if (!isMap(environment)) service.set('environment', document.createNode({ [name]: value }));
  else if (!environment.has(name)) environment.set(name, value);
}

function dependOnRedis(document: Document, service: YAMLMap): void {
  const needs = service.get('depends_on', true);
  if (isSeq(needs)) {
    if (!needs.items.some((item) => String(item) === 'redis')) needs.add(document.createNode('redis'));
    return;
  }
  // What others share is not ours to extend.
  if (isAlias(needs)) return;
  if (!isMap(needs)) service.set('depends_on', document.createNode(['redis']));
  else if (!needs.has('redis')) needs.set('redis', document.createNode({ condition: 'service_started' }));
}

/** Moves a service with its comments. */
function take(services: YAMLMap, pieces: YAMLMap, name: string): void {
  const pair = pieces.items.find(({ key }) => String(key) === name) as Pair<Scalar<string>, YAMLMap>;
  pair.key.spaceBefore = services.items.length > 0;
  services.items.push(pair);
}

function add(services: YAMLMap, name: string, service: YAMLMap): void {
  const key = new Scalar(name);
  key.spaceBefore = true;
  if (service.commentBefore) key.commentBefore = service.commentBefore;
  service.commentBefore = null;
  services.set(key, service);
}
