import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

export async function createApplication(module: Type): Promise<INestApplication> {
  return NestFactory.create(module);
}
