import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { enqueueAllBehaviour } from './enqueue-all.behaviour.js';
import { middlewareBehaviour } from './middleware.behaviour.js';
import { scopesBehaviour } from './scopes.behaviour.js';
import { stopBehaviour } from './stop.behaviour.js';
import { storeBehaviour } from './store.behaviour.js';

for (const behaviour of [
  storeBehaviour,
  middlewareBehaviour,
  enqueueAllBehaviour,
  scopesBehaviour,
  stopBehaviour,
]) {
  behaviour('memory', () => 'memory:');
  behaviour('redis', () => privateUrl(inject('redisUrl')));
}
