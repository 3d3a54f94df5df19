import { Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Injectable()
class BearerStrategy extends PassportStrategy(Strategy, 'bearer') {
  async validate(token: string): Promise<object | false> {
    return token === 'visitor' ? { name: 'a visitor' } : false;
  }
}

@Injectable()
class PassportProbe {
  readonly name = 'passport';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    const refused = await fetchText(`${url}/probes`, { headers: { authorization: '' } }).catch(String);
    expectEqual(String(refused).includes('answered 401'), true, 'That a stranger is refused');
  }

  /** A guard of requests must not stop jobs. */
  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

@Module({
  imports: [PassportModule],
  providers: [BearerStrategy, PassportProbe, { provide: APP_GUARD, useClass: AuthGuard('bearer') }],
})
export class Neighbour {}
