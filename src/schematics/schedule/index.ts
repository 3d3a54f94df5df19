import type { Rule } from '@angular-devkit/schematics';
import { generate, type ProviderOptions } from '../generator.js';

export function schedule(options: ProviderOptions): Rule {
  return generate('schedule', options);
}
