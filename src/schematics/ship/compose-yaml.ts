import { isAlias, isMap, isSeq, Pair, Scalar, YAMLMap, type Document } from 'yaml';

/** Returns the mapping `services` of a compose file. */
export function servicesOf(document: Document): YAMLMap | undefined {
  const services: unknown = document.get('services');
  return isMap(services) ? services : undefined;
}

export function isEmpty(node: unknown): boolean {
  return node === null || (node instanceof Scalar && node.value === null);
}

/** Sets a variable of a service, unless the service has it. */
export function setVariable(document: Document, service: YAMLMap, name: string, value: string): void {
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

export function dependOnRedis(document: Document, service: YAMLMap): void {
  const needs = service.get('depends_on', true);
  if (isSeq(needs)) {
    if (!needs.items.some((item) => String(item) === 'redis')) needs.add(document.createNode('redis'));
    return;
  }
  // Other services share an alias, so it must not change.
  if (isAlias(needs)) return;
  if (!isMap(needs)) service.set('depends_on', document.createNode(['redis']));
  else if (!needs.has('redis')) needs.set('redis', document.createNode({ condition: 'service_started' }));
}

/** Moves a service of the template, with its comments. */
export function takeService(services: YAMLMap, template: Document, name: string): void {
  const pair = servicesOf(template)?.items.find(({ key }) => String(key) === name);
  if (!pair || !(pair.key instanceof Scalar)) throw new Error(`The template has no service ${name}.`);
  pair.key.spaceBefore = services.items.length > 0;
  services.items.push(pair);
}

/** Adds a service below an empty line. The comment moves from the service to its key. */
export function addService(services: YAMLMap, name: string, service: YAMLMap): void {
  const key = new Scalar(name);
  key.spaceBefore = true;
  if (service.commentBefore) key.commentBefore = service.commentBefore;
  service.commentBefore = null;
  services.set(key, service);
}
