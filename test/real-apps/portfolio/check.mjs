// Exercises the portfolio, before and after its migration.
import { check, until } from '../../nest-add/commands.mjs';
import { ask, mailTo, untilAnswer } from '../processes.mjs';

/** As it was: one process does everything. */
export async function exerciseBefore(_app, processes) {
  const web = await processes.web();
  await ask(web, 'POST', '/api/v1/admin/gather/BEFORE');
  await processes.onlyIn('web', 'Gathered the history of BEFORE');
  await ask(web, 'POST', '/api/v1/admin/statistics');
  await untilAnswer(web, '/api/v1/admin/statistics', (answer) => answer.includes('"uptime":0.99'));
  await processes.onlyIn('web', 'The currencies are loaded');
  await checkBoard(web);
}

export async function exerciseAfter({ mails, fledge }, processes) {
  const web = await processes.web();
  const workers = await Promise.all([processes.worker(), processes.worker()]);

  const request = { email: 'after@portfolio.test', outages: [{ minutes: 3 }, { minutes: 1 }] };
  await ask(web, 'POST', '/api/v1/admin/statistics', request);
  await processes.onlyIn('worker', 'Gathered the uptime');
  const mail = await mailTo(mails, request.email);
  check(
    mail.subject === 'Uptime' && mail.text.includes('There were 2 outages.'),
    'its mail arrived',
    mail.text,
  );
  check(mail.from.address === 'portfolio@example.test', 'with the sender of the mailer', mail.from.address);
  const stored = JSON.parse(await ask(web, 'GET', '/api/v1/admin/statistics'));
  const expected = { uptime: 0.98, outages: request.outages };
  check(same(stored.stored, expected), 'its result is in the database', JSON.stringify(stored));
  check(same(JSON.parse(stored.cached), expected), 'and in the cache on Redis', JSON.stringify(stored));

  for (const symbol of ['AAPL', 'BTC', 'EUR', 'GOOG', 'MSFT', 'VTI']) {
    await ask(web, 'POST', `/api/v1/admin/gather/${symbol}`);
    await processes.onlyIn('worker', `Gathered the history of ${symbol}`);
  }
  check(true, 'the processors of Bull 4 run in the workers only');

  await processes.onlyIn('worker', 'The currencies are loaded');
  await checkTicks(workers);
  const schedules = (await fledge('cron')).items.map(({ name }) => name);
  check(
    schedules.toSorted().join() === 'CronService.gatherAll,CronService.gatherRecent,load-currencies',
    'fledge cron lists the @Cron methods',
    schedules.join(),
  );

  await checkBoard(web);
  const index = await ask(web, 'GET', '/api/mails');
  check(
    index.includes('<h1>Previews</h1>') && index.includes('StatisticsMailer'),
    'previews are at /api/mails',
    index,
  );
  const { items } = await fledge('ps');
  check(
    items.length === 2 && items.every(({ gone }) => !gone),
    'fledge ps lists two workers',
    JSON.stringify(items),
  );
}

/** After it has ended: no process has logged an error or a warning. */
export function checkLogs(processes) {
  for (const { name, log } of processes) {
    const bad = log
      .split('\n')
      .filter((line) => /\b(ERROR|FATAL|WARN)\b|"level":"(error|fatal|warn)"/.test(line));
    check(bad.length === 0, `no line of the ${name} is a warning or an error`, bad.join('\n'));
  }
}

const same = (a, b) => sorted(a) === sorted(b);
/** PostgreSQL orders the keys of JSON. */
const sorted = (value) => JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));

async function checkBoard(web) {
  const { queues } = JSON.parse(await ask(web, 'GET', '/api/admin/queues/api/queues'));
  const names = queues.map(({ name }) => name).join();
  check(names === 'DATA_GATHERING_QUEUE', 'bull-board lists its queue', names);
}

/** Two workers share the ticks of every two seconds. */
async function checkTicks(workers) {
  const ticks = () => workers.flatMap(({ log }) => ticksIn(log));
  const some = {
    get log() {
      return workers.map(({ log }) => log).join('\n');
    },
  };
  await until('five ticks', () => ticks().length >= 5, some, 120_000);
  const all = ticks().toSorted((a, b) => a - b);
  check(
    new Set(all).size === all.length,
    `@Cron: each of ${all.length} ticks ran once in two workers`,
    all.join('\n'),
  );
  const gaps = all.slice(1).map((at, index) => at - all[index]);
  check(
    gaps.every((gap) => gap === 2_000),
    '@Cron: no tick is missing',
    `Their distances: ${gaps.join()}`,
  );
}

/** The times of the ticks whose jobs have ended, by the lines of Fledge's log, in any format. */
function ticksIn(log) {
  const lines = log.matchAll(/load-currencies repeat:fledge-load-currencies:(\d+) performed/g);
  return [...lines].map(([, at]) => Number(at));
}
