import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply } from 'fastify';

const page = '<!doctype html><title>Wiki</title><div id="root"></div>';

/** Serves the client, with Fastify itself. */
@Module({})
export class StaticModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.get('/', (_request: unknown, reply: FastifyReply) => reply.type('text/html').send(page));
  }
}
