import type { Provider } from '@nestjs/common';
import { FledgeError, JobEvents, JobsService } from '../../jobs/index.js';
import { MarkedProviders, Provided } from '../../jobs/internals.js';

/** The providers of `JobsModule` that mailers use. */
export interface JobsParts {
  readonly providers: MarkedProviders;
  readonly events: JobEvents;
  readonly provided: Provided;
  readonly jobs: JobsService;
}

export const JOBS_PARTS = Symbol('nestjs-fledge:jobs-parts');

/**
 * Provides the parts of `JobsModule`. Without `JobsModule`, Nest's own error would name classes that an application does not have. So
 * the parts are optional for Nest, and every provider of mailers that needs one of them depends on this provider.
 */
export const jobsPartsProvider: Provider = {
  provide: JOBS_PARTS,
  inject: [MarkedProviders, JobEvents, Provided, JobsService].map((token) => ({ token, optional: true })),
  useFactory: (
    providers?: MarkedProviders,
    events?: JobEvents,
    provided?: Provided,
    jobs?: JobsService,
  ): JobsParts | Promise<never> => {
    if (providers && events && provided && jobs) return { providers, events, provided, jobs };
    // A provider of `JobsModule` failed, and Nest ends the application with its error.
    if (providers) return new Promise(() => undefined);
    throw new FledgeError(
      'FLEDGE_JOBS_MODULE_MISSING',
      'MailersModule needs JobsModule, which no module imports. Add JobsModule.forRoot() to the imports of your root module, next to MailersModule.',
    );
  },
};
