// npm run bench [-- --quick] [-- --json]: raw BullMQ, @nestjs/bullmq and Fledge side by side, on one private Redis.
import { ConsoleLogger, Logger } from '@nestjs/common';
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedisServer, startPrivateRedis } from '../dist/testing/redis/private-redis.js';
import { cases } from './cases.mjs';
import { fledge, nestBullmq, raw } from './subjects.mjs';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 7;
const sizes = quick
  ? { sequential: 1_000, concurrent: 3_000, bulk: 5_000, jobs: 4_000, pickups: 100 }
  : { sequential: 3_000, concurrent: 10_000, bulk: 20_000, jobs: 15_000, pickups: 300 };

const logFile = createWriteStream(join(mkdtempSync(join(tmpdir(), 'fledge-bench-')), 'log'));
/** Nest's logger with its formatting, which writes to a file instead of the terminal. */
class FileLogger extends ConsoleLogger {
  printMessages(messages, context = '', level = 'log') {
    for (const message of messages) {
      const timestamp = this.getTimestampDiff?.() ?? '';
      logFile.write(
        this.formatMessage(
          level,
          message,
          this.formatPid(process.pid),
          level.toUpperCase().padStart(7),
          `[${context}] `,
          timestamp,
        ),
      );
    }
  }
}

const subjects = { raw, 'nestjs-bullmq': nestBullmq, fledge: fledge(false) };
const command = findRedisServer();
if (!command) {
  console.error('The benchmark needs redis-server on the PATH: install it.');
  process.exit(1);
}
const redis = await startPrivateRedis(command);
const rows = [];

/** Rounds in which each subject runs once. The order rotates, so that noise affects all subjects alike. */
async function measure({ name, unit, measure, logs }) {
  const runs = Object.fromEntries(Object.keys(subjects).map((subject) => [subject, []]));
  for (let round = 0; round < rounds + 1; round++) {
    const order = Object.keys(subjects);
    for (let i = 0; i < round % order.length; i++) order.push(order.shift());
    for (const subject of order) {
      const withLogs = logs && subject === 'fledge';
      Logger.overrideLogger(withLogs ? new FileLogger() : false);
      const open = withLogs ? fledge(new FileLogger()) : subjects[subject];
      const running = await open(redis.port);
      const figure = await measure(running, sizes);
      await running.close();
      // The first round warms up.
      if (round > 0) runs[subject].push(figure);
    }
  }
  report(name, unit, runs);
}

function bootAndMemory() {
  const runs = { boot: {}, memory: {} };
  for (let round = 0; round < Math.min(rounds, 5); round++) {
    for (const subject of Object.keys(subjects)) {
      const script = fileURLToPath(new URL('boot.mjs', import.meta.url));
      const { stdout } = spawnSync(process.execPath, [script, subject, String(redis.port)], {
        encoding: 'utf8',
      });
      const figures = JSON.parse(stdout.trim().split('\n').at(-1));
      for (const name of ['boot', 'memory']) (runs[name][subject] ??= []).push(figures[name]);
    }
  }
  report('boot', 'ms', runs.boot);
  report('memory', 'MiB', runs.memory);
}

const median = (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)];
const round = (figure) => Number(figure.toPrecision(4));

function report(name, unit, runs) {
  for (const [subject, figures] of Object.entries(runs)) {
    // Compared with raw BullMQ in the same round.
    const ratios = figures.map((figure, i) => figure / runs.raw[i]);
    const row = {
      case: name,
      subject,
      unit,
      median: round(median(figures)),
      min: round(Math.min(...figures)),
      max: round(Math.max(...figures)),
      ratio: round(median(ratios)),
    };
    rows.push(row);
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const figure = `${row.median} ${unit}`.padStart(15);
    console.log(
      `${name.padEnd(20)} ${subject.padEnd(14)} ${figure}   ${row.ratio.toFixed(2)} × raw (${spread})`,
    );
  }
}

const machine = `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${command}`;
console.log(`${machine}; ${rounds} rounds\n`);
try {
  for (const one of cases) await measure(one);
  bootAndMemory();
} finally {
  await redis.stop();
}
if (process.argv.includes('--json')) console.log(JSON.stringify({ machine, rows }));
process.exit(0);
