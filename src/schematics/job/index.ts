import type { Rule } from '@angular-devkit/schematics';
import { generate, type ProviderOptions } from '../generator.js';

export function job(options: ProviderOptions): Rule {
  return generate('job', options);
}
