import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, run } from './commands.mjs';
import { differing, snapshot } from './snapshot.mjs';
import { checkStyle } from './style.mjs';

/** The tests that the generators write. */
export const generatedSpecs = [
  'greet.job.spec',
  'user.mailer.spec',
  'import-csv.job.spec',
  'nightly-report.job.spec',
  'receipt.mailer.spec',
];

/** A mailer with an action of its own. */
const orderMailer = `import { Mailer, type Mail } from 'nestjs-fledge/mailers';

interface Order {
  orderId: string;
  state: 'paid' | 'open';
  lines: { title: string; count: number }[];
}

@Mailer()
export class OrderMailer {
  confirmed({ orderId, lines }: Order): Promise<Mail> {
    return Promise.resolve({
      to: 'ada@example.test',
      subject: \`Order \${orderId}\`,
      text: \`\${lines.length} items\`,
    });
  }
}
`;

const generate = (home, ...args) =>
  run(home, 'node_modules/.bin/nest', ['g', '-c', 'nestjs-fledge', ...args]);

/** Runs each generator once, and one for a class that exists. */
export async function checkGenerators(home) {
  const untouched = snapshot(home);
  await generate(home, 'job', 'imports/import-csv');
  await generate(home, 'schedule', 'nightly-report');
  await generate(home, 'mailer', 'receipt');
  await generate(home, 'mailer', 'orders/order', '--no-spec');
  writeFileSync(join(home, 'src/orders/order.mailer.ts'), orderMailer);
  rmSync(join(home, 'src/orders/order-mailer.preview.ts'));
  await generate(home, 'preview', 'order');
  const generated = [
    'src/imports/import-csv.job.ts',
    'src/jobs/nightly-report.job.ts',
    'src/mailers/receipt.mailer.ts',
    'src/mailers/receipt-mailer.preview.ts',
    'mails/receipt-mailer/welcome.html.liquid',
    'src/orders/order-mailer.preview.ts',
  ];
  const missing = generated.filter((path) => !existsSync(join(home, path)));
  check(missing.length === 0, `generators wrote ${generated.join(', ')}`, missing.join(' '));
  const sample = "return { orderId: '42', state: 'paid' as const, lines: [{ title: 'title', count: 1 }] }";
  const preview = readFileSync(join(home, 'src/orders/order-mailer.preview.ts'), 'utf8');
  check(
    preview.replace(/\s+/g, ' ').replaceAll(', }', ' }').includes(sample),
    'the preview of a mailer has a sample of its payload',
    preview,
  );
  const code = differing(untouched, snapshot(home)).filter((path) => path.endsWith('.ts'));
  await checkStyle(home, code);
  const before = snapshot(home);
  // The Nest command may end with 0 or 1 if a generator fails.
  const printed = await generate(home, 'mailer', 'people/user').catch(({ message }) => message);
  check(
    printed.includes('UserMailer already exists in src/mailers/user.mailer.ts.') &&
      differing(before, snapshot(home)).length === 0,
    'a second UserMailer is refused',
    printed,
  );
}
