import { describe, expect, it } from 'vitest';
import { Peers } from '../../src/mailers/preview/access/peers.js';
import { brokenPromises, mistakes, readCompose, type Compose } from './compose-check.js';
import { text, yaml } from './files.js';

const source = text('docker-compose.yml');
const { shutdown_timeout } = yaml(text('config/jobs.yml')) as { shutdown_timeout: string };

/** Returns the file with one mistake. Throws if there is nothing to replace. */
function spoilt(from: string, to: string): Compose {
  expect(source).toContain(from);
  return readCompose(source.replace(from, to));
}

describe('docker-compose.yml', () => {
  it('is valid and follows further rules', () => {
    const compose = readCompose(source);
    expect(mistakes(compose)).toEqual([]);
    expect(brokenPromises(compose, shutdown_timeout)).toEqual([]);
    expect(Object.keys(compose.services)).toEqual(['redis', 'db', 'mail', 'web', 'worker', 'test']);
  });
});

it('the gateways of Docker and Docker Desktop may see the pages, and the usual home network may not', () => {
  const peers = new Peers(...String(readCompose(source).services.web!.environment!.LOCAL_PEERS).split(','));
  for (const gateway of ['172.17.0.1', '172.18.0.1', '::ffff:172.31.0.1', '192.168.65.1'])
    expect([gateway, peers.has(gateway)]).toEqual([gateway, true]);
  for (const other of ['192.168.0.10', '192.168.1.10', '10.0.0.10']) expect(peers.has(other)).toBe(false);
});

describe('the check finds', () => {
  it.each([
    ['an unknown key', '    command: [redis-server', '    comand: [redis-server'],
    ['an unknown top-level key', '\nvolumes:\n', '\nvolume: {}\nvolumes:\n'],
    ['an unknown condition', 'condition: service_started', 'condition: service_ready'],
    ['a misspelled healthcheck', 'interval: 2s', 'intervall: 2s'],
    ['a bad duration', 'stop_grace_period: 30s', 'stop_grace_period: 30 seconds'],
    ['a healthcheck that is a number', 'retries: 30', 'retries: many'],
    ['a missing dependency', 'mail: { condition', 'mails: { condition'],
    [
      'a healthy server without a healthcheck',
      'mail: { condition: service_started }',
      'mail: { condition: service_healthy }',
    ],
    ['an undeclared volume', 'redis-data:/data', 'redis:/data'],
    ['a missing file', './docker/redis/redis.conf:', './docker/redis.conf:'],
    ['an impossible port', '-8025}:8025', '-8025}:80250'],
    ['a port that other machines can reach', '127.0.0.1:${REDIS_PORT', '${REDIS_PORT'],
    [
      'an undeclared network',
      '    command: [redis-server',
      '    networks: [back]\n    command: [redis-server',
    ],
    [
      'replicas that are not a number',
      '    command: [redis-server',
      '    deploy: { replicas: "2x" }\n    command: [redis-server',
    ],
    ['no image', '    image: axllent/mailpit:v1.27.8\n', ''],
    ['an image that is not pinned', 'mailpit:v1.27.8', 'mailpit:latest'],
    [
      'a circular dependency',
      '    image: axllent',
      '    depends_on: { web: { condition: service_started } }\n    image: axllent',
    ],
    ['a missing stage', 'target: production', 'target: prod'],
    ['a missing Dockerfile', 'dockerfile: docker/Dockerfile', 'dockerfile: Dockerfile'],
  ])('%s', (_, from, to) => expect(mistakes(spoilt(from, to))).not.toEqual([]));

  it.each([
    ['a redis.conf that is mounted but not read', ', /usr/local/etc/redis/redis.conf]', ']'],
    ['a grace period shorter than a stop', 'stop_grace_period: 30s', 'stop_grace_period: 20s'],
    ['a worker with another grace period than compose', 'JOBS_STOP_TIMEOUT: 30', 'JOBS_STOP_TIMEOUT: 60'],
    ['a worker without the application’s settings', '      <<: *settings\n      # Passes', '      # Passes'],
    [
      'a worker that cannot be scaled',
      '    command: [node, dist',
      '    container_name: worker\n    command: [node, dist',
    ],
    ['a worker started by npm', '[node, dist/main-worker.js]', '[npm, run, start:worker]'],
    ['a kernel backlog that is too small', 'net.core.somaxconn: 1024', 'net.core.somaxconn: 128'],
    ['pages that the gateway may not see', '      LOCAL_PEERS: 172.16.0.0/12,192.168.65.0/24\n', ''],
    ['pages that the whole network may see', '172.16.0.0/12,192.168.65.0/24', '0.0.0.0/0'],
    ['production’s settings in development', '  NODE_ENV: development\n', ''],
    ['tests without the servers', '      TEST_REDIS_URL: redis://redis:6379\n', ''],
  ])('%s', (_, from, to) => expect(brokenPromises(spoilt(from, to), shutdown_timeout)).not.toEqual([]));
});
