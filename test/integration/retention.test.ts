import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { retentionBehaviour } from './retention.behaviour.js';

retentionBehaviour('memory', () => 'memory:');
retentionBehaviour('redis', () => privateUrl(inject('redisUrl')));
