import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { runtimeSchedulesBehaviour } from './runtime-schedules.behaviour.js';

runtimeSchedulesBehaviour('memory', () => 'memory:');
runtimeSchedulesBehaviour('Redis', () => privateUrl(inject('redisUrl')));
