import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Application } from '../application.js';

const infra = new URL('../../../infra/', import.meta.url);

/** Copies the CloudFormation template that the package ships, if it does. @returns what to tell of it */
export async function addEcs(app: Application, folder = infra): Promise<string[]> {
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => /template\.(json|ya?ml)$/.test(name))
    : [];
  for (const name of names) await app.add(`/infra/${name}`, readFileSync(new URL(name, folder), 'utf8'));
  if (names.length > 0) return [`infra/ has the CloudFormation template of web, worker and ElastiCache.`];
  return [
    `This version of nestjs-fledge brings no CloudFormation template (looked in ${fileURLToPath(folder)}); its repository has infra/.`,
  ];
}
