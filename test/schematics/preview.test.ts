import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { application, contents, run } from './application.js';

const mailer = (methods: string, before = ''): string =>
  `import { Mailer, type Mail } from 'nestjs-fledge/mailers';\n${before}\n@Mailer()\nexport class OrderMailer {\n${methods}\n}\n`;

const body = `{ return Promise.resolve({ to: 'ada@example.test', text: '' }); }`;

/** Generates the preview of a mailer in src/orders. */
async function previewFor(code: string, files: Record<string, string> = {}) {
  const tree = application({ files: { 'src/orders/order.mailer.ts': code, ...files } });
  const { tree: after, log } = await run('preview', { name: 'order' }, tree);
  return { tree: after, log, code: after.readText('/src/orders/order-mailer.preview.ts') };
}

describe('nest g -c nestjs-fledge preview', () => {
  it('writes a method for each action, next to the mailer, and registers the preview', async () => {
    const { tree, code, log } = await previewFor(
      mailer(
        `  shipped({ orderId }: { orderId: string }): Promise<Mail> ${body}\n  async receipt(order: { total: number; email: string }) ${body}`,
      ),
    );
    expect(code).toBe(`import { MailPreview } from 'nestjs-fledge/mailers';
import { OrderMailer } from './order.mailer.js';

/** Returns a sample payload for each mail. The page /mails shows the mails in development. */
@MailPreview(OrderMailer)
export class OrderMailerPreview {
  shipped() {
    return { orderId: '42' };
  }

  receipt() {
    return { total: 1, email: 'ada@example.test' };
  }
}
`);
    expect(log).toBe('');
    const module = tree.readText('/src/app.module.ts');
    expect(module).toContain(`import { OrderMailerPreview } from './orders/order-mailer.preview.js';`);
    expect(module).toContain('providers: [OrderMailerPreview],');
    const before = contents(tree);
    const again = await run('preview', { name: 'OrderMailerPreview' }, tree);
    expect(again.log).toContain('src/orders/order-mailer.preview.ts already exists and was not changed.');
    expect(contents(again.tree)).toEqual(before);
  });

  it('leaves out helpers, hooks and actions without a payload', async () => {
    const { code } = await previewFor(
      mailer(
        [
          `  welcome(user: { name: string }): Promise<Mail> ${body}`,
          `  digest(): Promise<Mail> ${body}`,
          `  private shared(user: { name: string }): Promise<Mail> ${body}`,
          `  static of(user: { name: string }): Promise<Mail> ${body}`,
          `  _hidden(user: { name: string }): Promise<Mail> ${body}`,
          `  async onModuleInit(x: string) {}`,
          `  format(total: number): string { return ''; }`,
        ].join('\n'),
      ),
    );
    expect(code.match(/^ {2}\w+\(\) \{/gm)).toEqual(['  welcome() {']);
  });

  it('follows @Action() if the mailer has it', async () => {
    const { code } = await previewFor(
      mailer(
        `  @Action()\n  async a(x: { n: number }) ${body}\n  async b(x: { n: number }): Promise<Mail> ${body}`,
      ),
    );
    expect(code.match(/^ {2}\w+\(\) \{/gm)).toEqual(['  a() {']);
  });

  it('reads types from the mailer’s file and from other files of the application', async () => {
    const { code, log } = await previewFor(
      mailer(
        [
          `  receipt(order: Order): Promise<Mail> ${body}`,
          `  notice({ kind }: Notice): Promise<Mail> ${body}`,
          `  list(ids: readonly string[]): Promise<Mail> ${body}`,
        ].join('\n'),
        `import type { Order } from './types.js';\ntype Notice = { kind: 'late' | 'lost'; at: Time | null } & Readonly<{ sentAt?: string }>;\ninterface Time { hours: number }\n`,
      ),
      {
        'src/orders/types.ts': `import type { Line } from '../lines/index.js';\ninterface Named { firstName: string }\nexport interface Order extends Named { lines: Line[]; isPaid: boolean; note: null }\n`,
        'src/lines/index.ts': `export type Line = { title: string; tags: Array<'new' | 'old'>; more: Record<string, number> };\n`,
      },
    );
    expect(code).toContain(
      `return { firstName: 'Ada', lines: [{ title: 'title', tags: ['new' as const], more: {} }], isPaid: true, note: null };`,
    );
    expect(code).toContain(
      `return { kind: 'late' as const, at: { hours: 1 }, sentAt: '2026-01-31T12:00:00.000Z' };`,
    );
    expect(code).toContain(`return ['42'];`);
    expect(log).toBe('');
  });

  it('names the actions whose payload it cannot read', async () => {
    const { code, log } = await previewFor(
      mailer(
        [
          `  a(x: Foreign): Promise<Mail> ${body}`,
          `  b(x: Tree): Promise<Mail> ${body}`,
          `  c(x: Pick<Tree, 'next'>): Promise<Mail> ${body}`,
          `  d(x: { n: number }): Promise<Mail> ${body}`,
        ].join('\n'),
        `import type { Foreign } from 'elsewhere';\ninterface Tree { next: Tree }\n`,
      ),
    );
    expect(code.match(/^ {2}\w+\(\) \{/gm)).toEqual(['  d() {']);
    expect(log).toContain(
      `The payload's type could not be read for: a, b, c. Add these methods to src/orders/order-mailer.preview.ts. Each returns a sample payload.`,
    );
  });

  it('writes samples of the payloads’ types', async () => {
    const types = `export type P = { kind: 'a' | 'b'; n: 1 | 2; on: true; items: readonly { x?: number }[]; when: string | undefined };\n`;
    const code = mailer(`  a(x: P): Promise<Mail> ${body}`, `import type { P } from './types.js';\n`);
    const { code: preview } = await previewFor(code, { 'src/orders/types.ts': types });
    const [, sample] = /return (.*);/.exec(preview)!;
    const text = `${types}const p = (() => { return ${sample}; })();\nexport const q: P = p;\n`;
    const host = ts.createCompilerHost({});
    const options = { strict: true, noEmit: true, types: [], lib: ['lib.es5.d.ts'] };
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...rest) =>
      name === 'p.ts'
        ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023)
        : getSourceFile(name, ...rest);
    const program = ts.createProgram(['p.ts'], options, host);
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
  });

  it('asks for the folder if two mailers have the name', async () => {
    const code = mailer(`  a(x: { n: number }): Promise<Mail> ${body}`);
    const files = { 'src/a/order.mailer.ts': code, 'src/b/order.mailer.ts': code };
    const tree = application({ files });
    await expect(run('preview', { name: 'order' }, tree)).rejects.toThrow(
      `OrderMailer exists in src/a/order.mailer.ts and src/b/order.mailer.ts. Pass the mailer's folder too`,
    );
    const { tree: made } = await run('preview', { name: 'b/order' }, tree);
    expect(made.exists('/src/b/order-mailer.preview.ts')).toBe(true);
  });

  it('refuses what is not a mailer with a payload, and a second preview', async () => {
    await expect(run('preview', { name: 'order' }, application())).rejects.toThrow(
      'There is no class OrderMailer in src. Generate it with its preview: nest g -c nestjs-fledge mailer order',
    );
    await expect(previewFor('export class OrderMailer {}\n')).rejects.toThrow(
      'OrderMailer in src/orders/order.mailer.ts is not a mailer of Fledge. Add @Mailer() to it.',
    );
    await expect(previewFor(mailer(`  a(): Promise<Mail> ${body}`))).rejects.toThrow(
      'No action of src/orders/order.mailer.ts takes a payload',
    );
    const second = { 'src/previews.ts': 'export class OrderMailerPreview {}\n' };
    await expect(previewFor(mailer(`  a(x: { n: number }): Promise<Mail> ${body}`), second)).rejects.toThrow(
      'OrderMailerPreview already exists in src/previews.ts.',
    );
  });
});
