// The processes of a built application, and what the check asks of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { check, start, until } from '../nest-add/commands.mjs';
import { freePort } from '../../dist/testing/redis/free-port.js';
import { accepts } from '../../dist/testing/redis/private-redis.js';

/** How long the check waits for anything, in milliseconds. */
const wait = 120_000;

export class Processes {
  all = [];
  expected = [];

  constructor(app) {
    this.app = app;
  }

  /** Starts the web process and waits until it listens. */
  async web() {
    const port = await freePort();
    const web = this.start('main', { PORT: String(port) });
    web.url = `http://127.0.0.1:${port}`;
    await until('the web process is up', () => web.log.includes('successfully started'), web, wait);
    // Nest logs this line before it listens.
    while (!(await accepts('127.0.0.1', port))) await sleep(50);
    return web;
  }

  /** Starts a worker and waits until it takes jobs. */
  async worker() {
    const worker = this.start('main-worker');
    await until('the worker is up', () => worker.log.includes('processor default'), worker, wait);
    return worker;
  }

  start(entry, env = {}) {
    const { home, folder, dist } = this.app;
    const one = start(`${home}/${folder}`, [`${dist}/${entry}.js`], { ...this.app.env, ...env });
    one.name = entry === 'main' ? 'web' : 'worker';
    this.all.push(one);
    return one;
  }

  /** Waits until a process has a line with the text, and checks that only processes of this name have it, until their end. */
  async onlyIn(name, text) {
    const { all } = this;
    const processes = {
      get log() {
        return all.map((one) => `${one.name}: ${one.log.slice(-3_000)}`).join('\n');
      },
      get code() {
        return all.find(({ code }) => code !== undefined)?.code;
      },
    };
    await until(`a line with "${text}"`, () => this.namesWith(text) !== '', processes, wait);
    check(this.namesWith(text) === name, `"${text}" is logged by the ${name} only`, this.namesWith(text));
    this.expected.push({ name, text });
  }

  namesWith(text) {
    const having = this.all.filter(({ log }) => log.includes(text));
    return [...new Set(having.map(({ name }) => name))].join(', ');
  }

  /** Ends all processes with SIGTERM. Each must end with exit code 0. */
  async stop() {
    for (const { child } of this.all) child.kill('SIGTERM');
    for (const one of this.all) {
      const ending = {
        get log() {
          return one.log;
        },
      };
      await until('the end of a process', () => one.code !== undefined, ending, wait);
      const exit = one.code ?? one.child.signalCode;
      check(exit === 0, `SIGTERM ends the ${one.name} with 0`, `It ended with ${exit}:\n${one.log}`);
    }
    for (const { name, text } of this.expected)
      if (this.namesWith(text) !== name) throw new Error(`"${text}" is also in: ${this.namesWith(text)}`);
  }

  kill() {
    for (const { child } of this.all) child.kill('SIGKILL');
  }
}

/** Sends a request to the web process, and returns the text of the answer. */
export async function ask(web, method, path, body) {
  const init = { method, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(web.url + path, {
    ...init,
    headers: body && { 'content-type': 'application/json' },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}\n${web.log}`);
  return text;
}

/** Repeats a question until the answer is right. */
export async function untilAnswer(web, path, isRight) {
  const deadline = Date.now() + wait;
  for (;;) {
    const answer = await ask(web, 'GET', path);
    if (isRight(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`GET ${path} still answers ${answer}\n${web.log}`);
    await sleep(100);
  }
}

export const mailTo = (mails, address) => mails.mailTo(address, wait);
