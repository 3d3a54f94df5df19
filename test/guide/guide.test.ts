import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { basicsGuide } from './basics.guide.js';
import { controlGuide } from './control.guide.js';
import { deadSetGuide } from './dead-set.guide.js';
import { encryptionGuide } from './encryption.guide.js';
import { enginesGuide } from './engines.guide.js';
import { failureGuide } from './failure.guide.js';
import { mailContentGuide } from './mail-content.guide.js';
import { mailDeliveryGuide } from './mail-delivery.guide.js';
import { migratingGuide } from './migrating.guide.js';
import { multiTenantGuide } from './multi-tenant.guide.js';
import { previewsGuide } from './previews.guide.js';
import { producersGuide } from './producers.guide.js';
import { schedulesGuide } from './schedules.guide.js';

for (const guide of [
  basicsGuide,
  failureGuide,
  controlGuide,
  deadSetGuide,
  schedulesGuide,
  mailContentGuide,
  mailDeliveryGuide,
  multiTenantGuide,
  encryptionGuide,
]) {
  guide('memory', () => 'memory:');
  guide('redis', () => privateUrl(inject('redisUrl')));
}

previewsGuide();
enginesGuide();
migratingGuide(() => privateUrl(inject('redisUrl')));
producersGuide(() => privateUrl(inject('redisUrl')));
