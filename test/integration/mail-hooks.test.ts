import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { mailHooksBehaviour } from './mail-hooks.behaviour.js';

mailHooksBehaviour('memory', () => 'memory:');
mailHooksBehaviour('redis', () => privateUrl(inject('redisUrl')));
