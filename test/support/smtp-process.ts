import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

const fixture = fileURLToPath(new URL('../fixtures/smtp-server.mjs', import.meta.url));

/**
 * The server's reply at each stage: a reply (`'451 4.3.0 later'`), `hang` (never), `slow` (yes, after 3 s) or
 * `drop` (ends the connection). A stage that is not listed succeeds.
 */
export interface SmtpScript {
  readonly greeting?: string;
  readonly ehlo?: string;
  readonly helo?: string;
  readonly starttls?: string;
  readonly auth?: string;
  readonly mail?: string;
  /** By recipient. `*` stands for all others. */
  readonly rcpt?: Readonly<Record<string, string>>;
  readonly data?: string;
  /** `drop` ends the connection while the mail is received. */
  readonly body?: 'drop';
  readonly dot?: string;
  /** The reply for an accepted mail. */
  readonly taken?: string;
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  readonly user?: string;
}

export interface SmtpServerOptions {
  /** Options of the package smtp-server. @default no STARTTLS, no login needed */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The users who may log in: user → password. */
  readonly users?: Readonly<Record<string, string>>;
  readonly script?: SmtpScript;
}

interface Message {
  readonly ready?: number;
  readonly mail?: ReceivedMail;
  readonly seen?: string;
  readonly scripted?: number;
}

/** A real SMTP server in its own process, which replies as its script describes. It is killed when the test ends. */
export class SmtpProcess {
  readonly mails: ReceivedMail[] = [];
  /** The stages that clients have reached, in order. */
  readonly seen: string[] = [];
  private port = 0;
  private scripts = 0;
  private lastScript = 0;
  private readonly child: ChildProcess;

  private constructor({ options = {}, users = {} }: SmtpServerOptions) {
    const usual = { disabledCommands: ['STARTTLS'] };
    this.child = fork(fixture, [JSON.stringify({ options: { ...usual, ...options }, users, port: 0 })]);
    this.child.on('message', (message: Message) => this.take(message));
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  static async start(options: SmtpServerOptions = {}): Promise<SmtpProcess> {
    const server = new SmtpProcess(options);
    await until('the SMTP server listens', () => server.port > 0);
    if (options.script) await server.follow(options.script);
    return server;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Returns a URL such as `smtp://user:password@127.0.0.1:…`. */
  urlWith({ scheme = 'smtp', login = '', parameters = '' }): string {
    return `${scheme}://${login && `${login}@`}127.0.0.1:${this.port}${parameters && `?${parameters}`}`;
  }

  /** Sets the script from now on. Resolves when the server has it. */
  async follow(script: SmtpScript): Promise<void> {
    const number = ++this.scripts;
    this.child.send({ script, number });
    await until('the SMTP server has its script', () => this.lastScript >= number);
  }

  /** Waits for this number of mails and returns all. The server's report may arrive after the client's result. */
  async received(count: number): Promise<readonly ReceivedMail[]> {
    await until(`${count} mail(s) came in`, () => this.mails.length >= count);
    return this.mails;
  }

  private take({ ready, mail, seen, scripted }: Message): void {
    if (ready !== undefined) this.port = ready;
    if (mail) this.mails.push(mail);
    if (seen !== undefined) this.seen.push(seen);
    if (scripted !== undefined) this.lastScript = scripted;
  }
}
