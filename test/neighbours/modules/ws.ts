import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { expectEqual, Probes } from '../probes.js';

@WebSocketGateway({ path: '/ws' })
class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() text: string): { event: string; data: string } {
    return { event: 'echo', data: text };
  }
}

@Injectable()
class WsProbe {
  readonly name = 'ws';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ event: 'echo', data: 'hi' }));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    socket.close();
    expectEqual(answer.toString(), '{"event":"echo","data":"hi"}', 'The answer over the socket');
  }

  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

@Module({ providers: [EchoGateway, WsProbe] })
export class Neighbour {}

export function configure(app: INestApplication): void {
  app.useWebSocketAdapter(new WsAdapter(app));
}
