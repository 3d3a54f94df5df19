import { Injectable, Module } from '@nestjs/common';
import { ServeStaticModule } from '@nestjs/serve-static';
import { join } from 'node:path';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Injectable()
class StaticProbe {
  readonly name = 'serve-static';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    expectEqual((await fetchText(`${url}/hello.txt`)).trim(), 'Hello', 'The file');
  }

  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

@Module({
  imports: [ServeStaticModule.forRoot({ rootPath: join(process.cwd(), 'public') })],
  providers: [StaticProbe],
})
export class Neighbour {}
