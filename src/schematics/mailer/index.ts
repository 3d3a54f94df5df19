import type { Rule } from '@angular-devkit/schematics';
import { generate, type ProviderOptions } from '../generator.js';

export function mailer(options: ProviderOptions): Rule {
  return generate('mailer', options);
}
