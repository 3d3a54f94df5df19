import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { schedulesBehaviour } from './schedules.behaviour.js';

schedulesBehaviour('memory', () => 'memory:');
schedulesBehaviour('redis', () => privateUrl(inject('redisUrl')));
