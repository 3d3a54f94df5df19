import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { add, application, contents, run } from './application.js';

const books = `import { Module } from '@nestjs/common';\n\n@Module({ providers: [] })\nexport class BooksModule {}\n`;

/** A class in a file, as the application's own code. */
const classFile = (name: string): string => `export class ${name} {}\n`;

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

  it('schedule nightly-report: writes a job with a schedule and a test of it, and registers it', async () => {
    const { tree } = await run('schedule', { name: 'nightly-report' }, application());
    const code = tree.readText('/src/nightly-report.job.ts');
    expect(code).toContain(`@Job({ cron: '0 3 * * *', timezone: 'UTC', overlap: 'skip' })`);
    expect(code).toContain('export class NightlyReportJob {');
    expect(tree.readText('/src/nightly-report.job.spec.ts')).toContain(`await jobs.advance('1d')`);
    expect(tree.readText('/src/app.module.ts')).toContain('providers: [NightlyReportJob],');
  });

  it('mailer books/receipt: registers the mailer and its preview in the nearest module', async () => {
    const files = { 'src/books/books.module.ts': books };
    const { tree } = await run('mailer', { name: 'books/receipt' }, application({ files, type: 'commonjs' }));
    expect(tree.readText('/src/books/receipt.mailer.ts')).toContain('export class ReceiptMailer {');
    const preview = tree.readText('/src/books/receipt-mailer.preview.ts');
    expect(preview).toContain(`import { ReceiptMailer } from './receipt.mailer';`);
    expect(preview).toContain('@MailPreview(ReceiptMailer)\nexport class ReceiptMailerPreview {');
    const module = tree.readText('/src/books/books.module.ts');
    expect(module).toContain(`import { ReceiptMailer } from './receipt.mailer';`);
    expect(module).toContain(`import { ReceiptMailerPreview } from './receipt-mailer.preview';`);
    expect(module).toContain('providers: [ReceiptMailer, ReceiptMailerPreview]');
    expect(tree.readText('/src/app.module.ts')).not.toContain('ReceiptMailer');
  });

  it('writes a template for a mailer if the application has templates', async () => {
    const added = (await add(application())).tree;
    const { tree } = await run('mailer', { name: 'receipt' }, added);
    expect(tree.readText('/mails/receipt-mailer/welcome.html.liquid')).toContain('Hello {{ name }}');
    const code = tree.readText('/src/mailers/receipt.mailer.ts');
    expect(code).toContain('data: { name } });');
    expect(code).toContain('Its templates are in mails/receipt-mailer. */');
    expect(tree.readText('/src/mailers/receipt.mailer.spec.ts')).toContain(
      `expect(jobs.lastMail().html).toContain('Hello Ada')`,
    );
  });

  it.each([
    ['no Liquid', {}, {}],
    ['no templates', { liquidjs: '^10.30.0' }, {}],
    ['MJML', { liquidjs: '^10.30.0' }, { 'mails/layouts/default.html.liquid': '<mjml></mjml>\n' }],
  ])('writes the text into the mailer if the application has %s', async (_, packages, files) => {
    const { tree } = await run('mailer', { name: 'receipt' }, application({ packages, files }));
    expect(tree.readText('/src/receipt.mailer.ts')).toContain('text: `Hello ${name}!` });');
    expect(tree.readText('/src/receipt.mailer.spec.ts')).toContain(`lastMail().text).toContain('Hello Ada')`);
    expect(tree.files.filter((path) => path.startsWith('/mails/'))).toEqual(
      Object.keys(files).map((path) => `/${path}`),
    );
  });

  it('puts classes into the folders of nest add, unless a folder is given', async () => {
    const added = (await add(application())).tree;
    const made = (
      await run('schedule', { name: 'sweep' }, (await run('job', { name: 'import-csv' }, added)).tree)
    ).tree;
    expect(made.exists('/src/jobs/import-csv.job.ts')).toBe(true);
    expect(made.exists('/src/jobs/sweep.job.ts')).toBe(true);
    expect(made.readText('/src/app.module.ts')).toContain(
      'providers: [GreetJob, UserMailer, UserMailerPreview, ImportCsvJob, SweepJob],',
    );
    expect(made.readText('/src/app.module.ts')).toContain(`from './jobs/import-csv.job.js'`);
    const { tree } = await run('job', { name: 'books/index-book' }, made);
    expect(tree.exists('/src/books/index-book.job.ts')).toBe(true);
    // A folder `jobs` without jobs may be about anything, such as open positions.
    const other = application({ files: { 'src/jobs/opening.ts': classFile('Opening') } });
    expect((await run('job', { name: 'b' }, other)).tree.exists('/src/b.job.ts')).toBe(true);
  });

  it.each([
    ['job', { name: 'src/imports/import-csv' }],
    ['job', { name: 'import-csv', path: 'imports' }],
    ['job', { name: 'imports\\importCsv' }],
  ] as const)('%s %o is in the folder imports', async (kind, options) => {
    const { tree } = await run(kind, options, application());
    expect(tree.exists('/src/imports/import-csv.job.ts')).toBe(true);
  });

  it.each([
    ['job', 'ImportCsv', 'import-csv.job.ts'],
    ['job', 'importCsv', 'import-csv.job.ts'],
    ['job', 'ImportCsvJob', 'import-csv.job.ts'],
    ['job', 'import_csv', 'import-csv.job.ts'],
    ['schedule', 'sweep-schedule', 'sweep.job.ts'],
    ['schedule', 'SweepJob', 'sweep.job.ts'],
    ['mailer', 'user.mailer', 'user.mailer.ts'],
  ])('%s accepts the name %s', async (kind, name, file) => {
    const { tree } = await run(kind, { name }, application());
    expect(tree.exists(`/src/${file}`)).toBe(true);
  });

  it.each([
    [undefined, 'The name is missing. Pass a name: nest g -c nestjs-fledge job import-csv'],
    ['', 'The name is missing.'],
    ['2-imports', 'The name "2-imports" cannot become a class name. Use letters, digits and hyphens'],
    ['import(csv)', 'cannot become a class name'],
    ['größe', 'cannot become a class name'],
    ['../import-csv', 'The folder .. is outside of src. Pass a folder inside of it'],
    ['a/../../import-csv', 'The folder .. is outside of src.'],
  ])('refuses the name %j', async (name, message) => {
    const tree = application();
    const before = contents(tree);
    await expect(run('job', { name }, tree)).rejects.toThrow(message);
    expect(contents(tree)).toEqual(before);
  });

  it('respects --no-spec, --skip-import and a module that it cannot edit', async () => {
    const bare = await run('job', { name: 'a', spec: false, skipImport: true }, application());
    expect(bare.tree.exists('/src/a.job.spec.ts')).toBe(false);
    expect(bare.tree.readText('/src/app.module.ts')).not.toContain('AJob');
    const module = `import { Module } from '@nestjs/common';\nconst providers = [];\n@Module({ providers })\nexport class AppModule {}\n`;
    const { log } = await run('job', { name: 'b' }, application({ files: { 'src/app.module.ts': module } }));
    expect(log).toContain('its providers are not an array literal. Add BJob to its providers.');
  });

  it.each(['.ts', '.js', ''])('imports with %j, as the application does', async (extension) => {
    const files = {
      'src/main.ts': `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module${extension}';\nvoid NestFactory.create(AppModule);\n`,
      'src/app.module.ts': `import { Module } from '@nestjs/common';\n\n@Module({})\nexport class AppModule {}\n`,
    };
    const { tree } = await run('mailer', { name: 'user' }, application({ files }));
    for (const [path, from] of [
      ['/src/app.module.ts', './user.mailer'],
      ['/src/user.mailer.spec.ts', './user.mailer'],
      ['/src/user-mailer.preview.ts', './user.mailer'],
      ['/src/app.module.ts', './user-mailer.preview'],
    ] as const)
      expect(tree.readText(path)).toContain(`from '${from}${extension}';`);
  });

  it('writes TypeScript that parses', async () => {
    let { tree } = await add(application());
    for (const [kind, name] of [
      ['job', 'a'],
      ['schedule', 'b'],
      ['mailer', 'c'],
    ] as const)
      ({ tree } = await run(kind, { name }, tree));
    for (const path of tree.files.filter((file) => file.endsWith('.ts'))) {
      const { diagnostics } = ts.transpileModule(tree.readText(path), { reportDiagnostics: true });
      expect(diagnostics, path).toEqual([]);
    }
  });
});

describe('a second class of the same name', () => {
  it.each([
    [
      'mailer',
      'user',
      'src/people/user.mailer.ts',
      'UserMailer',
      'Add a method to it for another mail, or choose another name',
    ],
    ['job', 'greet', 'src/work/hello.ts', 'GreetJob', 'Change it, or choose another name'],
    [
      'schedule',
      'greet',
      'src/work/hello.ts',
      'GreetJob',
      `To run it at fixed times, add cron: '0 3 * * *' to its @Job(), or schedule(GreetJob, payload, { name, cron }) to JobsModule.forRoot({ schedules }).`,
    ],
    ['mailer', 'user', 'src/previews.ts', 'UserMailerPreview', 'choose another name'],
  ])('%s %s is refused if %s has %s', async (kind, name, file, className, advice) => {
    const tree = application({ files: { [file]: classFile(className) } });
    const before = contents(tree);
    const elsewhere = run(kind, { name: `other/${name}` }, tree);
    await expect(elsewhere).rejects.toThrow(`${className} already exists in ${file}.`);
    await expect(run(kind, { name }, tree)).rejects.toThrow(advice);
    expect(contents(tree)).toEqual(before);
  });

  it('is refused after nest add too, in every folder', async () => {
    const { tree } = await add(application());
    const before = contents(tree);
    const message = 'UserMailer already exists in src/mailers/user.mailer.ts.';
    await expect(run('mailer', { name: 'users/user' }, tree)).rejects.toThrow(message);
    const { tree: same, log } = await run('mailer', { name: 'user' }, tree);
    expect(log).toContain(
      'src/mailers/user.mailer.ts already exists and was not changed. Add a method to it',
    );
    expect(contents(same)).toEqual(before);
  });

  it('is allowed if the name only occurs in a test, a comment, a text, or a longer name', async () => {
    const files = {
      'src/a.spec.ts': classFile('UserMailer'),
      'src/b.ts': `// class UserMailer {}\n/*\nclass UserMailer {}\n*/\nexport const text = \`\nclass UserMailer {}\n\`;\n`,
      'src/c.ts': classFile('UserMailerList'),
    };
    const { tree } = await run('mailer', { name: 'user' }, application({ files }));
    expect(tree.exists('/src/user.mailer.ts')).toBe(true);
  });
});
