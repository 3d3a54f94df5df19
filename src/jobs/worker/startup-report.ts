import type { JobEvents } from '../events/events.js';
import type { Store } from '../store/store.js';
import { logSettings, type SettingSources, type WorkerSettings } from './settings/settings.js';
import { stopTimeoutWarning } from './stop-timeout.js';

/** Reports the worker's settings, and what is suspicious about them, before the first job. */
export function reportStartup(
  { events, store }: { readonly events: JobEvents; readonly store: Store },
  settings: WorkerSettings,
  healthUrl: string | undefined,
): void {
  const ofStore = { name: 'store', value: shownStore(store) };
  events.emit({ type: 'worker-settings', settings: [...settings.shown, ofStore] });
  if (healthUrl !== undefined) events.emit({ type: 'health-listening', url: healthUrl });
  for (const message of settings.suspicions)
    events.emit({ type: 'warning', code: 'FLEDGE_SETTING_UNKNOWN', message });
  const message = stopTimeoutWarning(settings);
  if (message !== undefined) events.emit({ type: 'warning', code: 'FLEDGE_STOP_TIMEOUT', message });
}

/** Returns where the store is, and which setting names it. */
export function shownStore({ description, from }: Store): string {
  return from === undefined ? description : `${description} (${from})`;
}

/** The application sets the level and format of its own logger. */
export function warnOfForeignLogger(events: JobEvents, sources: SettingSources): void {
  const { level, format } = logSettings(sources);
  if (level === undefined && format === undefined) return;
  const message =
    'The log level and format have no effect, because the application has its own logger. Set them on that logger.';
  events.emit({ type: 'warning', code: 'FLEDGE_SETTING_UNKNOWN', message });
}
