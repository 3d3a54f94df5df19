import * as Sentry from '@sentry/nestjs';
import { SentryModule } from '@sentry/nestjs/setup';
import { Injectable, Module } from '@nestjs/common';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class SentryProbe {
  readonly name = 'sentry';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    Sentry.setTag('tenant', 'of the request');
  }

  async inJob(): Promise<void> {
    expectEqual(
      Sentry.getIsolationScope().getScopeData().tags.tenant,
      undefined,
      'The tenant of a request, in the job,',
    );
  }
}

@Module({ imports: [SentryModule.forRoot()], providers: [SentryProbe] })
export class Neighbour {}
