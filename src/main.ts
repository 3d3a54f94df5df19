import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Server } from 'node:http';
import { AppModule } from './app/app.module.js';

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
// Longer than a load balancer keeps idle connections (60 s), or it now and then sends a request into one that has just closed.
(app.getHttpServer() as Server).keepAliveTimeout = 65_000;
await app.listen(process.env.PORT ?? 3000);
new Logger('Web').log(`listening on ${await app.getUrl()}`);
