import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

const fixture = fileURLToPath(new URL('../fixtures/smtp-server.mjs', import.meta.url));

/**
 * What the server says at each stage: a reply (`'451 4.3.0 later'`), `hang` (nothing, forever), `slow` (yes, after 0.6 s) or `drop` (the connection).
 * What is not here goes well.
 */
export interface SmtpScript {
  readonly greeting?: string;
  readonly ehlo?: string;
  readonly helo?: string;
  readonly starttls?: string;
  readonly auth?: string;
  readonly mail?: string;
  /** By recipient; `*` for all others. */
  readonly rcpt?: Readonly<Record<string, string>>;
  readonly data?: string;
  /** `drop` while the mail comes in. */
  readonly body?: 'drop';
  readonly dot?: string;
  /** Its words when it takes a mail. */
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
  /** Who may log in: user → password. */
  readonly users?: Readonly<Record<string, string>>;
  readonly script?: SmtpScript;
}

interface Message {
  readonly ready?: number;
  readonly mail?: ReceivedMail;
  readonly seen?: string;
  readonly scripted?: number;
}

/** A real SMTP server in a process of its own, which does as it is told. Killed when the test ends. */
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

  /** `smtp://user:password@127.0.0.1:…` and the like. */
  urlWith({ scheme = 'smtp', login = '', parameters = '' }): string {
    return `${scheme}://${login && `${login}@`}127.0.0.1:${this.port}${parameters && `?${parameters}`}`;
  }

  /** From now on; resolves when the server knows. */
  async follow(script: SmtpScript): Promise<void> {
    const number = ++this.scripts;
    this.child.send({ script, number });
    await until('the SMTP server knows its script', () => this.lastScript >= number);
  }

  /** All mails, once there are so many: word of them may come after the client's. */
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
