import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

export async function createApplication(module: Type): Promise<INestApplication> {
  return NestFactory.create(module, new FastifyAdapter());
}
