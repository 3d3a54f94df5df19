import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a server quotes a command that it does not know. */
export type Echo = (command: readonly string[], raw: Buffer) => string;

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');

/** As Redis 7, an older one, a server that shows what it got, and some that encode it. */
export const echoes: Readonly<Record<string, Echo>> = {
  redis: ([name, ...args]) =>
    `ERR unknown command '${name}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`.slice(
      0,
      180,
    ),
  raw: (_, raw) => `ERR unknown command: ${raw.toString('latin1')}`,
  bare: (command) => `ERR what is ${command.join(' ')}?`,
  short: ([name, ...args]) => `ERR no ${name}: ${args.map((arg) => `"${arg.slice(0, 18)}"`).join(', ')}`,
  loud: (command) => `NOPERMISSION ${command.join(' ').toUpperCase()}`,
  json: (command) => `ERR ${JSON.stringify(command)}`,
  percent: (command) => `ERR see https://help.test/?q=${command.map(encodeURIComponent).join('+')}`,
  base64: (command) => `ERR ${command.map((arg) => Buffer.from(arg).toString('base64')).join(' ')}`,
};

/** A server that speaks Redis' protocol, knows no command, and says back what it was told. Stopped when the test ends. */
export async function echoingServer(echo: Echo): Promise<number> {
  return listening((socket) => {
    const answer = new Answers(echo);
    socket.on('data', (chunk) => void socket.write(answer.to(chunk)));
  });
}

/** A line to a real server, until it turns: from then on the server knows no command, as one that was replaced. */
export async function turningServer(
  to: number,
  echo: Echo,
): Promise<{ readonly port: number; turn(): void }> {
  let turned = false;
  const port = await listening((socket) => {
    const answer = new Answers(echo);
    const upstream = connect(to, '127.0.0.1');
    upstream.on('error', () => undefined).on('data', (chunk) => socket.write(chunk));
    socket.on('close', () => upstream.destroy());
    socket.on('data', (chunk) => {
      const words = answer.to(chunk);
      if (turned) socket.write(words);
      else upstream.write(chunk);
    });
  });
  return { port, turn: () => void (turned = true) };
}

/** What one connection gets to hear. */
class Answers {
  /** Remembered: the answer to every later command has it too. */
  private login: readonly string[] = [];

  constructor(private readonly echo: Echo) {}

  to(chunk: Buffer): string {
    const answers = commandsOf(chunk).map((command) => {
      if (/^(auth|hello)$/i.test(command[0] ?? '')) this.login = command;
      const quoted = [...command, ...(command === this.login ? [] : this.login)];
      return `-${oneLine(this.echo(quoted, chunk))}\r\n`;
    });
    return answers.join('');
  }
}

async function listening(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

/** Arrays of bulk strings. What the tests say fits into one packet. */
function commandsOf(chunk: Buffer): string[][] {
  const commands: string[][] = [];
  let at = 0;
  const header = (): number => {
    const end = chunk.indexOf('\r\n', at);
    const number = Number(chunk.toString('latin1', at + 1, end));
    at = end + 2;
    return number;
  };
  while (at < chunk.length && chunk[at] === '*'.charCodeAt(0)) {
    const count = header();
    const command: string[] = [];
    for (let i = 0; i < count; i++) {
      const length = header();
      command.push(chunk.toString('utf8', at, at + length));
      at += length + 2;
    }
    commands.push(command);
  }
  return commands;
}
