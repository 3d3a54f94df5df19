import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { notesBehaviour } from './notes.behaviour.js';

notesBehaviour('memory', () => 'memory:');
notesBehaviour('redis', () => privateUrl(inject('redisUrl')));
