import { Logger, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** Editors of the same page talk to each other over sockets on the HTTP server. */
@Module({})
export class CollaborationModule implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(CollaborationModule.name);
  private readonly sockets = new WebSocketServer({ noServer: true });

  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!request.url?.startsWith('/collab')) return;
      this.sockets.handleUpgrade(request, socket, head, (client) => this.join(client));
    });
  }

  onModuleDestroy(): void {
    for (const client of this.sockets.clients) client.terminate();
    this.sockets.close();
  }

  private join(client: WebSocket): void {
    this.logger.log('An editor has joined');
    client.on('message', (change) => this.sockets.clients.forEach((other) => other.send(String(change))));
  }
}
