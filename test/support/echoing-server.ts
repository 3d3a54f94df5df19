import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a server quotes an unknown command. */
export type Echo = (command: readonly string[], raw: Buffer) => string;

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ');

/** Redis 7, an older version, a server that quotes everything, and some that encode it. */
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

/**
 * Starts a server with Redis' protocol that knows no command and quotes what it received. It stops when the test
 * ends.
 */
export async function echoingServer(echo: Echo): Promise<number> {
  return listening((socket) => {
    const answer = new Answers(echo);
    socket.on('data', (chunk) => void socket.write(answer.to(chunk)));
  });
}

/** Starts a proxy to a real server. After turn() it answers like a server that knows no command. */
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

/** The replies of one connection. */
class Answers {
  /** Stored, because each later reply contains it too. */
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

/** Arrays of bulk strings. The commands of the tests fit into one packet. */
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
