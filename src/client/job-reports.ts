import { consumes, isLive, type Fleet, type FleetMember } from '../jobs/store/fleet.js';
import type { CatalogJob, JobCatalog } from '../jobs/store/job-catalog.js';
import { didYouMean } from '../jobs/values/did-you-mean.js';
import { FledgeError } from '../jobs/values/errors.js';
import { quotedName } from '../jobs/values/quoted.js';

/** A job or a mail, as the worker that started last reports it. */
export interface ReportedJob {
  readonly job: CatalogJob;
  /** The mailer and action of a mail, such as `UserMailer.welcome`. */
  readonly subject: string | undefined;
  /** The queue for this job. */
  readonly queue: string;
  readonly catalog: JobCatalog;
  /** What the operator should know, in sentences. */
  readonly notes: readonly string[];
}

interface Report {
  readonly worker: FleetMember;
  /** Undefined if the store does not have the worker's catalog. */
  readonly catalog: JobCatalog | undefined;
}

interface Offer extends Pick<ReportedJob, 'job' | 'subject' | 'catalog'> {
  readonly worker: FleetMember;
}

/** How many job names a message lists. */
const mostListed = 10;
/** A longer text, such as a payload in the place of the name, resembles no name. */
const longestName = 300;

/** The job classes that the live workers of a store report. */
export class JobReports {
  /** @throws FledgeError `FLEDGE_STORE_…` */
  static async read(fleet: Fleet): Promise<JobReports> {
    const live = (await fleet.members()).filter(isLive).toSorted((a, b) => b.startedAt - a.startedAt);
    const ids = new Set(live.flatMap(({ catalog }) => catalog ?? []));
    const catalogs = new Map(
      await Promise.all([...ids].map(async (id) => [id, await fleet.catalog(id)] as const)),
    );
    return new JobReports(live.map((worker) => ({ worker, catalog: catalogs.get(worker.catalog ?? '') })));
  }

  /** @param reports with the worker that started last first */
  private constructor(private readonly reports: readonly Report[]) {}

  /**
   * Finds a job by its stored name, a former name of its class, or the mailer and action of a mail.
   *
   * @param queue the queue that the operator chose, if any
   * @throws FledgeError `FLEDGE_JOB_UNREPORTED`, `FLEDGE_REPORTS_DIFFER`
   */
  find(name: string, queue: string | undefined): ReportedJob {
    const offers = this.reports.flatMap((report) => offerOf(report, name));
    const [newest] = offers;
    if (!newest) throw this.unreported(name);
    if (queue === undefined) refuseTwoQueues(name, offers);
    const { job, subject, catalog, worker } = newest;
    const chosen = queue ?? job.queue;
    const notes: string[] = [];
    if (subject === undefined && job.name !== name)
      notes.push(`${name} is a former name. The job is stored as ${job.name}.`);
    if (new Set(offers.map((offer) => optionsOf(offer.job))).size > 1)
      notes.push(
        `Live workers report different options for ${name}, as during a deploy. The options are those of ${worker.id}, which started last.`,
      );
    if (!this.isServed(chosen))
      notes.push(`No running worker serves the queue ${chosen}. The job waits until one does.`);
    return { job, subject, catalog, queue: chosen, notes };
  }

  private isServed(queue: string): boolean {
    return this.reports.some(
      ({ worker }) => consumes(worker) && worker.queues.some(({ name }) => name === queue),
    );
  }

  private unreported(name: string): FledgeError {
    return new FledgeError('FLEDGE_JOB_UNREPORTED', `Nothing was enqueued: ${this.whyUnreported(name)}`);
  }

  private whyUnreported(name: string): string {
    if (this.reports.length === 0)
      return 'no worker process is alive. The workers report the queue and the options of each job class. Start a worker, and run the command again.';
    const ignorant = this.reports.find(({ worker, catalog }) => !catalog && worker.jobs.includes(name));
    if (ignorant)
      return `the worker ${ignorant.worker.id} knows ${name}, but the store has no record of its options. A worker of this version writes the record with its next heartbeat, within ten seconds. Deploy this version of Fledge to the workers, or run the command again.`;
    const known = [...new Set(this.reports.flatMap(({ catalog }) => namesIn(catalog)))];
    const carrier = this.reports
      .flatMap(({ catalog }) => catalog?.jobs ?? [])
      .find((job) => job.name === name && job.subjects);
    if (carrier)
      return `${name} delivers the mails of all mailers. Write the mailer and action in its place. ${listed('mails', carrier.subjects ?? [])}`;
    const shown = quotedName(name) === '' ? 'this name' : `the name${quotedName(name)}`;
    const suggestion = name.length > longestName ? '' : didYouMean(name, known);
    return `no live worker has a job or mail with ${shown}.${suggestion} ${listed('jobs', known)}`;
  }
}

function offerOf({ worker, catalog }: Report, name: string): Offer[] {
  if (!catalog) return [];
  const mail = catalog.jobs.find(({ subjects }) => subjects?.includes(name));
  if (mail) return [{ worker, catalog, job: mail, subject: name }];
  // A class that delivers mails has no jobs without a mail.
  const classes = catalog.jobs.filter(({ subjects }) => !subjects);
  const job =
    classes.find((one) => one.name === name) ?? classes.find(({ aliases }) => aliases?.includes(name));
  return job ? [{ worker, catalog, job, subject: undefined }] : [];
}

function refuseTwoQueues(name: string, offers: readonly Offer[]): void {
  const workers = new Map<string, string>();
  for (const { job, worker } of offers) if (!workers.has(job.queue)) workers.set(job.queue, worker.id);
  if (workers.size <= 1) return;
  const queues = [...workers].map(([queue, worker]) => `${queue} (${worker})`).join(' and ');
  throw new FledgeError(
    'FLEDGE_REPORTS_DIFFER',
    `${name} was not enqueued: live workers report different queues for it: ${queues}. Pass one with --queue, or wait until all workers run the same build.`,
  );
}

/** The options of a class as text, to compare them. A deploy may add mails without changing the class that delivers them. */
function optionsOf(job: CatalogJob): string {
  const { subjects: _, ...options } = job;
  return JSON.stringify(options);
}

function namesIn(catalog: JobCatalog | undefined): string[] {
  return (catalog?.jobs ?? []).flatMap(({ name, subjects }) => subjects ?? [name]);
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return `The workers report no ${what}.`;
  const more =
    names.length > mostListed ? ` and ${names.length - mostListed} more, which fledge ps --json lists` : '';
  return `Use one of ${names.slice(0, mostListed).join(', ')}${more}.`;
}
