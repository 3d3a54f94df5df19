import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { cancelBehaviour } from './cancel.behaviour.js';
import { failureBehaviour } from './failure.behaviour.js';
import { uniqueBehaviour } from './unique.behaviour.js';

for (const behaviour of [failureBehaviour, uniqueBehaviour, cancelBehaviour]) {
  behaviour('memory', () => 'memory:');
  behaviour('redis', () => privateUrl(inject('redisUrl')));
}
