import { Injectable, Module } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { Job, JobsService } from 'nestjs-fledge';
import { io } from 'socket.io-client';
import { expectEqual, Probes } from '../probes.js';

@WebSocketGateway()
class EchoGateway {
  @WebSocketServer()
  readonly server?: object;

  constructor(private readonly jobs: JobsService) {}

  @SubscribeMessage('echo')
  echo(@MessageBody() text: string): string {
    return `${text}, ${typeof this.jobs.enqueue}`;
  }
}

/** Never runs. A worker warns of it, since the gateway has no server there. */
@Job()
class NotifyJob {
  constructor(private readonly gateway: EchoGateway) {}

  async perform(): Promise<void> {
    await Promise.resolve(this.gateway.server);
  }
}

@Injectable()
class SocketProbe {
  readonly name = 'socket-io';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    const socket = io(url);
    try {
      const answer: unknown = await socket.timeout(10_000).emitWithAck('echo', 'hi');
      expectEqual(answer, 'hi, function', 'The answer over the socket');
    } finally {
      socket.disconnect();
    }
  }

  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

@Module({ providers: [EchoGateway, NotifyJob, SocketProbe] })
export class Neighbour {}
