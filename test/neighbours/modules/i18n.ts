import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { AcceptLanguageResolver, I18n, I18nContext, I18nModule, I18nService } from 'nestjs-i18n';
import { join } from 'node:path';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Controller('greeting')
class GreetingController {
  @Get()
  get(@I18n() i18n: I18nContext): string {
    return i18n.t('words.hello');
  }
}

@Injectable()
class I18nProbe {
  readonly name = 'i18n';

  constructor(
    probes: Probes,
    private readonly i18n: I18nService,
  ) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    const german = await fetchText(`${url}/greeting`, { headers: { 'accept-language': 'de' } });
    expectEqual(german, 'Hallo', 'The greeting of a German visitor');
  }

  async inJob(): Promise<void> {
    expectEqual(this.i18n.t('words.hello', { lang: 'de' }), 'Hallo', 'The greeting in the job');
    expectEqual(I18nContext.current(), undefined, 'The language of a request, in the job,');
  }
}

@Module({
  imports: [
    I18nModule.forRoot({
      fallbackLanguage: 'en',
      loaderOptions: { path: join(process.cwd(), 'i18n') },
      resolvers: [AcceptLanguageResolver],
    }),
  ],
  controllers: [GreetingController],
  providers: [I18nProbe],
})
export class Neighbour {}
