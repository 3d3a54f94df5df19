import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { inventoryBehaviour } from './inventory.behaviour.js';

inventoryBehaviour('memory', () => 'memory:');
inventoryBehaviour('redis', () => privateUrl(inject('redisUrl')));
