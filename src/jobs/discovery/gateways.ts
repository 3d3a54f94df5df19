import type { DiscoveryService } from '@nestjs/core';
import type { Finding } from '../values/finding.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** What @nestjs/websockets writes on gateways, and on the properties with `@WebSocketServer()`. */
const keys = { gateway: 'websockets:is_gateway', server: 'websockets:is_socket' };

/**
 * Warns about WebSocket gateways that send and that something needs which runs in the worker. Nest connects gateways to servers
 * only in an application with an HTTP server, so in a worker they have none. Other gateways are of no use there and do no harm.
 *
 * @param runners what runs in the worker
 */
export function gatewaysWithoutServer(runners: readonly Wrapper[]): Finding[] {
  const needed = new Map<string, { path: string; server: string }>();
  for (const runner of runners) {
    for (const path of pathsFrom(runner)) {
      const gateway = path.at(-1);
      const server = gateway && serverOf(gateway);
      if (!gateway || server === undefined || needed.has(nameOf(gateway))) continue;
      needed.set(nameOf(gateway), { server, path: path.map(nameOf).join(' → ') });
    }
  }
  return [...needed].map(([name, { server, path }]) => ({
    severity: 'warning',
    code: 'FLEDGE_GATEWAY_WITHOUT_SERVER',
    message: `The gateway ${name} has no WebSocket server in a worker, so its ${server} is missing. It is needed there: ${path}. Send from a worker over a channel that the web processes read, such as @socket.io/redis-emitter. Then use provideOnlyInWeb(${name}) in providers, which ends this warning, and check for undefined where it is injected.`,
  }));
}

/** Yields the path from a provider to each of its dependencies, itself first. */
function* pathsFrom(
  wrapper: Wrapper,
  path: readonly Wrapper[] = [],
  seen = new Set<Wrapper>(),
): Generator<Wrapper[]> {
  if (seen.has(wrapper)) return;
  seen.add(wrapper);
  const here = [...path, wrapper];
  yield here;
  const properties = wrapper.getPropertiesMetadata()?.map((property) => property.wrapper) ?? [];
  const dependencies: (Wrapper | undefined)[] = [...(wrapper.getCtorMetadata() ?? []), ...properties];
  for (const next of dependencies) if (next) yield* pathsFrom(next, here, seen);
}

/** Returns the gateway's property or hook that gets the server, or undefined if it is not a gateway that sends. */
function serverOf({ instance }: Wrapper): string | undefined {
  const gateway: unknown = instance;
  if (typeof gateway !== 'object' || gateway === null) return undefined;
  const { constructor } = gateway;
  if (typeof constructor !== 'function' || Reflect.getMetadata(keys.gateway, constructor) !== true)
    return undefined;
  // The decorator adds its property to the prototype.
  for (const name in gateway)
    if (Reflect.getMetadata(keys.server, gateway, name) === true) return `@WebSocketServer() ${name}`;
  return 'afterInit' in gateway ? 'server, which afterInit receives,' : undefined;
}

function nameOf({ name, metatype }: Wrapper): string {
  return metatype?.name || String(name);
}
