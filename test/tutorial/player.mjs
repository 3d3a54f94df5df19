// Plays the steps of a page in a folder.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { environment, run, say, until } from '../nest-add/commands.mjs';
import { commandsOf, missingLines } from './page.mjs';

/** A server logs that it has started shortly before it listens, so curl repeats a refused connection. */
export const patientCurl = [
  'curl ',
  'curl --silent --show-error --retry 20 --retry-connrefused --retry-delay 1 ',
];

export class Player {
  #folder;
  #env;
  #replacements;
  #processes = new Map();
  #output = '';
  /** The length of each process's log when the last command began. */
  #marks = new Map();

  /** @param replacements pairs of a text of the page and what the check uses in its place */
  constructor(folder, env, replacements) {
    this.#folder = folder;
    this.#env = env;
    this.#replacements = [patientCurl, ...replacements];
  }

  async play({ kind, argument = '', text = '' }) {
    say(`${kind} ${argument} ${text.split('\n', 1)[0]}`);
    await {
      write: () => this.#write(text),
      run: () => this.#run(text),
      prints: () => this.#prints(text),
      start: () => this.#start(argument, text),
      logs: () => this.#logs(argument, text),
      provided: () => undefined,
      browse: () => this.#browse(argument),
    }[kind]();
  }

  /** Ends all processes. */
  async stop() {
    for (const name of this.#processes.keys()) await this.#end(name);
  }

  #write(text) {
    const [, path] = /^\/\/ (\S+)\n/.exec(text);
    mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
    writeFileSync(join(this.#folder, path), `${text}\n`);
  }

  async #run(text) {
    this.#mark();
    this.#output = '';
    for (const command of commandsOf(text)) {
      const [, folder] = /^cd (\S+)$/.exec(command) ?? [];
      const [, name, value] = /^export (\w+)=(\S+)$/.exec(command) ?? [];
      if (folder) this.#folder = resolve(this.#folder, folder);
      else if (name) this.#env[name] = this.#replaced(value);
      else this.#output += await run(this.#folder, 'sh', ['-c', this.#replaced(command)], this.#env);
    }
  }

  #prints(text) {
    const missing = missingLines(text, this.#output);
    if (missing.length > 0) throw new Error(`The output lacks:\n${missing.join('\n')}\n\n${this.#output}`);
  }

  async #start(name, text) {
    await this.#end(name);
    this.#mark();
    this.#marks.delete(name);
    const [command] = commandsOf(text);
    // In its own group, so that the processes that npm or the Nest CLI starts end with it.
    const child = spawn('sh', ['-c', this.#replaced(command)], {
      cwd: this.#folder,
      env: { ...environment, ...this.#env },
      detached: true,
    });
    const one = { log: '', code: undefined, child };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (one.log += stripVTControlCharacters(String(chunk))));
    child.on('exit', (code) => (one.code = code ?? 0));
    this.#processes.set(name, one);
  }

  async #logs(name, text) {
    const one = this.#processes.get(name);
    const from = this.#marks.get(name) ?? 0;
    const lacks = () => missingLines(text, one.log.slice(from));
    await until(`${name} logs\n${text}`, () => lacks().length === 0, one, 120_000);
  }

  async #browse(argument) {
    const [, path, text] = /^(\S+) (.*)$/.exec(argument);
    const response = await fetch(this.#replaced(`http://localhost:3000${path}`));
    const body = await response.text();
    if (!response.ok || !body.includes(text))
      throw new Error(`${path} answered ${response.status} without "${text}":\n${body.slice(0, 4_000)}`);
  }

  async #end(name) {
    const one = this.#processes.get(name);
    this.#processes.delete(name);
    if (!one || one.code !== undefined) return;
    process.kill(-one.child.pid, 'SIGINT');
    await new Promise((ended) => one.child.once('close', ended));
  }

  #mark() {
    for (const [name, { log }] of this.#processes) this.#marks.set(name, log.length);
  }

  #replaced(command) {
    return this.#replacements.reduce((text, [from, to]) => text.replaceAll(from, to), command);
  }
}
