import { isAlias, isMap, isSeq, visit, type Document, type YAMLMap } from 'yaml';
import type { Application } from '../application.js';
import { addService, dependOnRedis, setVariable, takeService } from './compose-yaml.js';
import { buildOf, workerFile } from './places.js';

/** Keys that only one container can have, or that belong to the web process. */
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

/** The networks that Docker and Docker Desktop create. A request from the host comes from the gateway of one of them. */
const dockerGateways = '172.16.0.0/12,192.168.65.0/24';

interface WebService {
  readonly name: string;
  readonly service: YAMLMap;
}

/** Adds a worker like the web service, or the template's worker if there is no web service. @returns notes for the user */
export function addWorker(
  app: Application,
  document: Document,
  services: YAMLMap,
  template: Document,
  own: string | undefined,
): string[] {
  const web = webService(services);
  if (web) {
    const connected = connect(app, document, web);
    addService(services, 'worker', workerLike(app, document, web.service));
    return [connected, ...openPages(document, web)];
  }
  takeService(services, template, 'worker');
  if (own !== undefined)
    document.setIn(['services', 'worker', 'build'], document.createNode(buildOf(app, own)));
  document.deleteIn(['services', 'worker', 'environment', 'SMTP_URL']);
  // An existing redis may have no health check, and there is no service for mails.
  document.setIn(['services', 'worker', 'depends_on'], ['redis']);
  return [];
}

/** Returns the service of the web process: the built service with a usual name, or else the only built service. */
function webService(services: YAMLMap): WebService | undefined {
  const built = services.items.flatMap(({ key, value }) =>
    isMap(value) && value.has('build') ? [{ name: String(key), service: value }] : [],
  );
  return (
    built.find(({ name }) => /^(web|app|api|server|backend|nest)/.test(name)) ??
    (built.length === 1 ? built[0] : undefined)
  );
}

/** Returns a copy of the web service with the same image, settings and files, and with the worker's command. */
function workerLike(app: Application, document: Document, web: YAMLMap): YAMLMap {
  // The clone of a mapping is a mapping. Its type is the base class.
  const worker = web.clone() as YAMLMap;
  // The anchors stay in the original.
  visit(worker, { Node: (_, node) => void (isAlias(node) || delete node.anchor) });
  const settings = JSON.stringify(web.toJSON());
  // If the web service compiles the mounted sources, there may be no compiled file to run.
  const develops = settings.includes('start:dev') || settings.includes('start:debug');
  for (const key of webOnly) worker.delete(key);
  const run = app.packageManager === 'npm' ? ['npm', 'run'] : [app.packageManager, 'run'];
  const args = develops ? [...run, 'start:worker:dev'] : ['node', workerFile(app)];
  worker.set('command', document.createNode(args, { flow: true }));
  setVariable(document, worker, 'JOBS_STOP_TIMEOUT', '30');
  worker.set('stop_grace_period', '30s');
  const needs = web.get('depends_on', true);
  if (isMap(needs) || isSeq(needs)) worker.set('depends_on', needs.clone());
  dependOnRedis(document, worker);
  worker.commentBefore =
    ' Has the image and settings of the web process, and no published port, so that it can be scaled: --scale worker=3.';
  return worker;
}

/** Sets the store's address in the web process. */
function connect(app: Application, document: Document, { name, service }: WebService): string {
  setVariable(document, service, 'JOBS_URL', 'redis://redis:6379/0');
  dependOnRedis(document, service);
  return `The service ${name} got JOBS_URL and waits for redis. The new service worker is a copy of it that runs ${workerFile(app)}.`;
}

/** Opens the mail pages to Docker's gateways, if only this machine reaches the service through them. */
function openPages(document: Document, { name, service }: WebService): string[] {
  const { ports = [] }: { ports?: unknown } = service.toJSON();
  const isLocal = (port: unknown): boolean =>
    typeof port === 'object' && port !== null
      ? 'host_ip' in port && port.host_ip === '127.0.0.1'
      : String(port).startsWith('127.0.0.1:');
  if (Array.isArray(ports) && ports.length > 0 && ports.every(isLocal)) {
    setVariable(document, service, 'LOCAL_PEERS', dockerGateways);
    return [];
  }
  return [
    `The service ${name} does not publish its ports on 127.0.0.1 only, so /mails answers 403 in its container. Publish "127.0.0.1:3000:3000" and set LOCAL_PEERS: ${dockerGateways}.`,
  ];
}
