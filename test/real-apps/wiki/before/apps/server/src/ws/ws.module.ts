import { Module } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server } from 'socket.io';

/** Tells the browsers which pages have changed. */
@WebSocketGateway({ cors: { origin: '*' } })
export class PageGateway {
  @WebSocketServer()
  private readonly server!: Server;

  changed(pageId: string): void {
    this.server.emit('page', pageId);
  }
}

@Module({ providers: [PageGateway], exports: [PageGateway] })
export class WsModule {}
