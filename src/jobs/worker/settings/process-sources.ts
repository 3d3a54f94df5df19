import { useSettingsFile } from '../../config/settings-path.js';
import type { Flags } from './flags.js';
import { readSources, type SettingSources } from './settings.js';

/**
 * Reads the settings of a worker process. Its application finds the store in the same settings file.
 * @throws FledgeError `FLEDGE_SETTING_UNKNOWN`, `FLEDGE_SETTING_INVALID`, `FLEDGE_CONFIG_FILE`
 */
export function readProcessSources(flags: Flags): SettingSources {
  if (flags.config !== undefined) useSettingsFile(flags.config);
  return readSources(flags, process.env);
}
