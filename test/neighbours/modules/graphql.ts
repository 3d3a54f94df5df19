import { Injectable, Module } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { JobsService } from 'nestjs-fledge';
import { driver } from '../graphql-driver.js';
import { expectEqual, fetchText, Probes } from '../probes.js';

let said = '';

@Resolver()
class NoteResolver {
  constructor(private readonly jobs: JobsService) {}

  @Query(() => String)
  said(): string {
    return said;
  }

  @Mutation(() => Boolean)
  say(@Args('text') text: string): boolean {
    said = text;
    return typeof this.jobs.enqueue === 'function';
  }
}

@Injectable()
class GraphqlProbe {
  readonly name = 'graphql';

  constructor(probes: Probes) {
    probes.add(this);
  }

  async inRequest(url: string): Promise<void> {
    const ask = async (query: string): Promise<unknown> =>
      JSON.parse(await fetchText(`${url}/graphql`, { method: 'POST', body: JSON.stringify({ query }) })).data;
    expectEqual(JSON.stringify(await ask('mutation { say(text: "hi") }')), '{"say":true}', 'The mutation');
    expectEqual(JSON.stringify(await ask('{ said }')), '{"said":"hi"}', 'The query');
  }

  async inJob(): Promise<void> {
    await Promise.resolve();
  }
}

@Module({ imports: [driver], providers: [NoteResolver, GraphqlProbe] })
export class Neighbour {}
