import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import { AppModule } from './app/app.module.js';

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
// Load balancers keep idle connections for 60 s. With a shorter timeout, some requests would reach a connection that just closed.
const server: Server = app.getHttpServer();
server.keepAliveTimeout = 65_000;
await app.listen(process.env.PORT ?? 3000);
new Logger('Web').log(`listening on ${await app.getUrl()}`);
