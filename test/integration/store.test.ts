import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { storeBehaviour } from './store.behaviour.js';

storeBehaviour('memory', () => 'memory:');
storeBehaviour('redis', () => privateUrl(inject('redisUrl')));
