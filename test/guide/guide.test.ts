import { inject } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { controlGuide } from './control.guide.js';
import { deadSetGuide } from './dead-set.guide.js';
import { failureGuide } from './failure.guide.js';
import { mailContentGuide } from './mail-content.guide.js';
import { mailDeliveryGuide } from './mail-delivery.guide.js';
import { previewsGuide } from './previews.guide.js';
import { producersGuide } from './producers.guide.js';
import { schedulesGuide } from './schedules.guide.js';

for (const guide of [
  failureGuide,
  controlGuide,
  deadSetGuide,
  schedulesGuide,
  mailContentGuide,
  mailDeliveryGuide,
]) {
  guide('memory', () => 'memory:');
  guide('redis', () => privateUrl(inject('redisUrl')));
}

previewsGuide();
producersGuide(() => privateUrl(inject('redisUrl')));
