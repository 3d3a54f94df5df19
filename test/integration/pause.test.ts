import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { pauseBehaviour } from './pause.behaviour.js';

pauseBehaviour('memory', () => 'memory:');
pauseBehaviour('redis', () => privateUrl(inject('redisUrl')));
