import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { payloadBehaviour } from './payload.behaviour.js';

payloadBehaviour('memory', () => 'memory:');
payloadBehaviour('redis', () => privateUrl(inject('redisUrl')));
