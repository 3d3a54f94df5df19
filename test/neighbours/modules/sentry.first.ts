import * as Sentry from '@sentry/nestjs';

/** What Sentry would have sent. */
export const reports: { message: string | undefined; tenant: unknown; breadcrumbs: string }[] = [];

Sentry.init({
  dsn: 'http://key@127.0.0.1:9/1',
  tracesSampleRate: 0,
  beforeSend(event) {
    reports.push({
      message: event.exception?.values?.at(-1)?.value,
      tenant: event.tags?.tenant,
      breadcrumbs: (event.breadcrumbs ?? []).map(({ message }) => message).join(', '),
    });
    return null;
  },
  integrations: (all) => all.filter(({ name }) => name !== 'Console'),
});
