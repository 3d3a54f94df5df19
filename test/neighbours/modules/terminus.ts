import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { JobsHealthIndicator } from 'nestjs-fledge';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly jobs: JobsHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<unknown> {
    return this.health.check([() => this.jobs.isHealthy('jobs')]);
  }
}

@Injectable()
class TerminusProbe {
  readonly name = 'terminus';

  constructor(
    probes: Probes,
    private readonly health: HealthCheckService,
    private readonly jobs: JobsHealthIndicator,
  ) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    expectEqual(JSON.parse(await fetchText(`${url}/health`)).status, 'ok', 'The health over HTTP');
  }

  async inJob(): Promise<void> {
    const { status } = await this.health.check([() => this.jobs.isHealthy('jobs')]);
    expectEqual(status, 'ok', 'The health in the job');
  }
}

@Module({ imports: [TerminusModule], controllers: [HealthController], providers: [TerminusProbe] })
export class Neighbour {}
