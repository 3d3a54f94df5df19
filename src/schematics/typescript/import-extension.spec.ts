import { describe, expect, it } from 'vitest';
import { importExtension } from './import-extension.js';

describe('importExtension', () => {
  it.each([
    ['.js', `import { AppModule } from './app.module.js';`],
    ['.js', `import { AppModule } from "./app.module.mjs"\nimport './instrument';\nimport '../tracing.js'`],
    ['.ts', `import './instrument.ts';\nimport { AppModule } from './app.module.ts';`],
    ['', `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';`],
  ] as const)('is %j for %s', (ending, code) => {
    expect(importExtension([code], true)).toBe(ending);
    expect(importExtension([undefined, code], false)).toBe(ending);
  });

  it('follows the kind of modules if no import shows an ending', () => {
    const code = `import { AppModule } from '@/app.module';\nimport texts from './texts.json' with { type: 'json' };`;
    expect(importExtension([code, undefined], true)).toBe('.js');
    expect(importExtension([code], false)).toBe('');
  });
});
