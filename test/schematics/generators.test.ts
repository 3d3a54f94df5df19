import { describe, expect, it } from 'vitest';
import { add, application, contents, run } from './application.js';

const books = `import { Module } from '@nestjs/common';\n\n@Module({ providers: [] })\nexport class BooksModule {}\n`;

describe('nest g -c nestjs-fledge', () => {
  it('job import-csv: writes class and test, and registers it in the root module', async () => {
    const { tree } = await run('job', { name: 'import-csv' }, application());
    expect(tree.readText('/src/import-csv.job.ts')).toContain('export class ImportCsvJob {');
    expect(tree.readText('/src/import-csv.job.spec.ts')).toContain(`from './import-csv.job.js'`);
    expect(tree.readText('/src/app.module.ts')).toContain('providers: [ImportCsvJob],');
    const before = contents(tree);
    const again = await run('job', { name: 'import-csv' }, tree);
    expect(contents(again.tree)).toEqual(before);
    expect(again.log).toContain('src/import-csv.job.ts already exists and was not changed.');
  });

  it.each(['ImportCsv', 'importCsv', 'ImportCsvJob', 'import_csv'])('accepts the name %s', async (name) => {
    const { tree } = await run('job', { name }, application());
    expect(tree.exists('/src/import-csv.job.ts')).toBe(true);
  });

  it('mailer books/receipt: registers it in the nearest module', async () => {
    const files = { 'src/books/books.module.ts': books };
    const { tree } = await run('mailer', { name: 'books/receipt' }, application({ files, type: 'commonjs' }));
    expect(tree.readText('/src/books/receipt.mailer.ts')).toContain('export class ReceiptMailer {');
    expect(tree.readText('/src/books/books.module.ts')).toContain(
      `import { ReceiptMailer } from './receipt.mailer';`,
    );
    expect(tree.readText('/src/books/books.module.ts')).toContain('providers: [ReceiptMailer]');
    expect(tree.readText('/src/app.module.ts')).not.toContain('ReceiptMailer');
  });

  it('respects --no-spec, --skip-import and a module that it cannot edit', async () => {
    const bare = await run('job', { name: 'a', spec: false, skipImport: true }, application());
    expect(bare.tree.exists('/src/a.job.spec.ts')).toBe(false);
    expect(bare.tree.readText('/src/app.module.ts')).not.toContain('AJob');
    const module = `import { Module } from '@nestjs/common';\nconst providers = [];\n@Module({ providers })\nexport class AppModule {}\n`;
    const { log } = await run('job', { name: 'b' }, application({ files: { 'src/app.module.ts': module } }));
    expect(log).toContain('its providers are not an array literal. Add BJob to its providers.');
  });

  it('works after nest add too', async () => {
    const { tree } = await run('job', { name: 'jobs/import-csv' }, (await add(application())).tree);
    expect(tree.readText('/src/app.module.ts')).toContain('providers: [GreetJob, UserMailer, ImportCsvJob],');
  });
});
