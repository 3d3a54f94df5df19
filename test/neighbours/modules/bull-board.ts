import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { BullBoardModule } from '@bull-board/nestjs';
import { Injectable, Module } from '@nestjs/common';
import { expectEqual, fetchText, Probes } from '../probes.js';

@Injectable()
class BoardProbe {
  readonly name = 'bull-board';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    if (!process.env.JOBS_URL) return;
    const { queues } = JSON.parse(await fetchText(`${url}/queues/api/queues`)) as {
      queues: { name: string }[];
    };
    expectEqual(queues.map(({ name }) => name).join(), 'default', 'The list of queues');
  }

  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

// The queues of Fledge are on Redis only; in memory there is nothing that a board could show.
const board = process.env.JOBS_URL
  ? [
      BullBoardModule.forRoot({ route: '/queues', adapter: ExpressAdapter }),
      BullBoardModule.forFeature({ name: 'default', adapter: BullMQAdapter }),
    ]
  : [];

@Module({ imports: board, providers: [BoardProbe] })
export class Neighbour {}
