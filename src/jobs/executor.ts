import { Injectable } from '@nestjs/common';
import type { AbortReason, Attempt } from './attempt.js';
import { backoffAfter } from './backoff.js';
import { currentAttempt } from './current-attempt.js';
import { openEnvelope, type Envelope } from './envelope.js';
import { asError, FledgeError } from './errors.js';
import { JobEvents } from './events.js';
import { AttemptContext } from './job-context.js';
import { compose } from './middleware.js';
import { MiddlewareChain } from './middleware-chain.js';
import type { JobCall } from './options.js';
import type { Outcome } from './outcome.js';
import { JobRegistry, type JobDefinition } from './registry.js';

const parkFor = 60_000;
const parkAtMost = 24 * 3_600_000;
const crashesAllowed = 5;

/** Runs attempts. The only way that a job is ever run: by a worker, in memory, or now, in this process. */
@Injectable()
export class Executor {
  private chain?: (call: JobCall) => Promise<unknown>;

  constructor(
    private readonly registry: JobRegistry,
    private readonly middleware: MiddlewareChain,
    private readonly events: JobEvents,
  ) {}

  /** Never throws: every attempt ends in exactly one outcome. */
  async execute(attempt: Attempt): Promise<Outcome> {
    const { id, name, queue, attempt: number, attempts, dueAt } = attempt.fields;
    const admission = admit(attempt, this.registry);
    const startedAt = performance.now();
    const wait = Math.max(0, attempt.startedAt - dueAt);
    const fact = { id, name, queue, attempt: number, attempts, wait };
    if (admission.definition) this.events.emit({ type: 'started', ...fact });
    const outcome = admission.definition
      ? await this.performOrAbandon(attempt, admission.definition, admission.envelope)
      : admission.outcome;
    const duration = performance.now() - startedAt;
    const payload = admission.definition && payloadToShow(admission.definition, admission.envelope.payload);
    this.events.emit({
      type: 'finished',
      ...fact,
      duration,
      outcome,
      ...(payload === undefined ? {} : { payload }),
    });
    return outcome;
  }

  /** Ends with the body, or with the stop's grace; not a `Promise.race`, which costs every job what few need. */
  private performOrAbandon(
    attempt: Attempt,
    definition: JobDefinition,
    envelope: Envelope,
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      attempt.onAbandon = () => resolve(afterAbort(attempt.abortReason, envelope));
      const perform = (): Promise<Outcome> => this.perform(attempt, definition, envelope);
      const performed = crashesOf(attempt, envelope) > 0 ? currentAttempt.run(attempt, perform) : perform();
      performed.then(resolve, reject);
    });
  }

  private async perform(attempt: Attempt, definition: JobDefinition, envelope: Envelope): Promise<Outcome> {
    try {
      const context = new AttemptContext(attempt, envelope.meta ?? {}, definition.logLevel);
      const run = (this.chain ??= compose(await this.middleware.aroundPerform(), (call) => this.body(call)));
      const result = await run({ payload: envelope.payload, context });
      return attempt.abortReason === 'lease' ? { kind: 'lost' } : { kind: 'completed', result };
    } catch (thrown) {
      return outcomeOf(asError(thrown), attempt, definition, envelope);
    }
  }

  /** The innermost of the chain. */
  private async body({ payload, context }: JobCall): Promise<unknown> {
    const definition = this.registry.find(context.name)!;
    const job = await definition.instance(context);
    // Middleware may hand on a context of its own making.
    const attempt = context instanceof AttemptContext ? context.of : undefined;
    if (attempt) attempt.phase = 'performing';
    try {
      return await job.perform(payload, context);
    } finally {
      if (attempt) attempt.phase = 'middleware';
    }
  }
}

type Admission =
  | { readonly definition: JobDefinition; readonly envelope: Envelope }
  | { readonly definition?: undefined; readonly outcome: Outcome };

/** Whether the job may meet user code at all. */
function admit(attempt: Attempt, registry: JobRegistry): Admission {
  const { fields } = attempt;
  const opened = openEnvelope(fields.data);
  if (opened.state === 'damaged') return { outcome: { kind: 'killed', error: opened.error } };
  if (opened.state === 'newer') {
    return { outcome: park(fields.data, `its data has version ${opened.version}, this worker reads 1`) };
  }
  const { envelope } = opened;
  const crashes = crashesOf(attempt, envelope);
  if (crashes >= crashesAllowed) return { outcome: { kind: 'killed', error: poison(fields.name, crashes) } };
  const definition = registry.find(fields.name);
  if (!definition) return { outcome: park(envelope, `no job class here has the name "${fields.name}"`) };
  return { definition, envelope };
}

/** How often in a row a process ended, or froze, with this job in hand. */
function crashesOf({ fields }: Attempt, { crashesForgiven = 0 }: Envelope): number {
  return fields.crashes - crashesForgiven;
}

/** An older worker in a rolling deploy meets a newer job: it waits for a newer worker, for a day at most. */
function park(data: unknown, why: string): Outcome {
  const parkedAt = (data as Envelope).parkedAt ?? Date.now();
  const reason = new FledgeError(
    'FLEDGE_JOB_UNKNOWN',
    `This worker cannot run the job: ${why}. It waits for a worker that can, up to 24 hours. Deploy one; after a rename, keep the old name: @Job({ aliases: ['…'] }).`,
  );
  if (Date.now() - parkedAt >= parkAtMost) return { kind: 'killed', error: reason };
  return { kind: 'snoozed', delay: parkFor, reason, note: { parkedAt } };
}

function poison(name: string, crashes: number): FledgeError {
  return new FledgeError(
    'FLEDGE_JOB_POISON',
    `${name} was killed: ${crashes} times in a row a process died, or froze, with this job in hand. Look in those processes' last log lines (out of memory? a native crash? process.exit?), then retry it.`,
  );
}

function outcomeOf(error: Error, attempt: Attempt, definition: JobDefinition, envelope: Envelope): Outcome {
  if (attempt.abortReason) return afterAbort(attempt.abortReason, envelope);
  const { attempt: number, attempts, crashes } = attempt.fields;
  const unforgiven = crashes > (envelope.crashesForgiven ?? 0) || envelope.parkedAt !== undefined;
  const note = unforgiven ? { note: { crashesForgiven: crashes, parkedAt: undefined } } : {};
  if (number >= attempts) return { kind: 'failed', error };
  return { kind: 'failed', error, retryIn: retryDelay(definition, number, error), ...note };
}

/** A backoff function is user code: one that throws must not cost the job. */
function retryDelay({ backoff }: JobDefinition, attempt: number, error: Error): number {
  try {
    return backoffAfter(backoff, attempt, error);
  } catch {
    return backoffAfter(undefined, attempt, error);
  }
}

function afterAbort(reason: AbortReason | undefined, { crashesForgiven = 0 }: Envelope): Outcome {
  if (reason === 'lease') return { kind: 'lost' };
  // A job that ends its process by an exception that nobody catches is as poisonous as one that kills it.
  if (reason === 'crash') return { kind: 'interrupted', note: { crashesForgiven: crashesForgiven - 1 } };
  return { kind: 'interrupted' };
}

/** Nothing of it, unless the class asks for it. */
function payloadToShow({ logPayload }: JobDefinition, payload: unknown): unknown {
  if (logPayload === undefined || logPayload === false) return undefined;
  try {
    const shown: unknown = logPayload === true ? payload : logPayload(payload);
    // What no log can write (a bigint, a cycle) must not cost the line.
    JSON.stringify(shown);
    return shown;
  } catch (thrown) {
    return `logPayload: ${asError(thrown).message}`;
  }
}
