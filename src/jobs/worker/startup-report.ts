import type { JobEvents } from '../events/events.js';
import { logSettings, type SettingSources, type WorkerSettings } from './settings/settings.js';
import { stopTimeoutWarning } from './stop-timeout.js';

/** What people should know before the first job. */
export function sayBeforehand(
  events: JobEvents,
  settings: WorkerSettings,
  healthUrl: string | undefined,
): void {
  events.emit({ type: 'worker-settings', settings: settings.shown });
  if (healthUrl !== undefined) events.emit({ type: 'health-listening', url: healthUrl });
  for (const message of settings.suspicions)
    events.emit({ type: 'warning', code: 'FLEDGE_SETTING_UNKNOWN', message });
  const message = stopTimeoutWarning(settings);
  if (message !== undefined) events.emit({ type: 'warning', code: 'FLEDGE_STOP_TIMEOUT', message });
}

/** The application's own logger goes by what the application told it. */
export function warnOfForeignLogger(events: JobEvents, sources: SettingSources): void {
  const { level, format } = logSettings(sources);
  if (level === undefined && format === undefined) return;
  const message =
    'The log level and format that were set have no effect: runWorker was given a logger of its own. Set them there, or leave out its `logger`.';
  events.emit({ type: 'warning', code: 'FLEDGE_SETTING_UNKNOWN', message });
}
