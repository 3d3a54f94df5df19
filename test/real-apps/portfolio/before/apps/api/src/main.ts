import { Logger, VersioningType, type LogLevel } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app/app.module';

async function bootstrap() {
  const logger = (process.env.LOG_LEVELS?.split(',') ?? ['error', 'log', 'warn']) as LogLevel[];
  const app = await NestFactory.create(AppModule, { logger });
  app.enableCors();
  app.enableShutdownHooks([], { useProcessExit: true });
  app.enableVersioning({ defaultVersion: '1', type: VersioningType.URI });
  app.setGlobalPrefix('api', { exclude: ['sitemap.xml'] });
  const port = process.env.PORT ?? 3333;
  await app.listen(port, '127.0.0.1');
  Logger.log(`Listening at http://127.0.0.1:${port}`);
}

void bootstrap();
