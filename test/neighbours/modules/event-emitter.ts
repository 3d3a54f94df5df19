import { Injectable, Module } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class EventProbe {
  readonly name = 'event-emitter';
  private received = '';

  constructor(
    probes: Probes,
    private readonly events: EventEmitter2,
  ) {
    probes.add(this);
  }

  @OnEvent('note.written')
  async keep(note: string): Promise<void> {
    this.received = note;
  }

  async inRequest(): Promise<void> {
    await this.inJob();
  }

  async inJob(): Promise<void> {
    await this.events.emitAsync('note.written', 'a note');
    expectEqual(this.received, 'a note', 'The event');
    this.received = '';
  }
}

@Module({ imports: [EventEmitterModule.forRoot()], providers: [EventProbe] })
export class Neighbour {}
