import { connect, type NetConnectOpts } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Sends a request with exactly these lines over its own connection, and returns the answer. */
export async function rawRequest(to: NetConnectOpts, lines: readonly string[]): Promise<RawAnswer> {
  const socket = connect(to);
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`, 'latin1');
  const answer = await text(socket);
  const [headers = '', ...body] = answer.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.\d (\d{3})/.exec(headers)?.[1]), headers, body: body.join('\r\n\r\n') };
}
