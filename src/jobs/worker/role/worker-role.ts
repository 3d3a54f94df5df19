import { FledgeError } from '../../values/errors.js';

let isWorker = false;
/** True if the answer "no" was given before `runWorker` was called. */
let wasAskedBefore = false;

/**
 * Returns true in a process that calls `runWorker`, and false in a web process, even if it runs its own jobs in memory.
 * Call it when the application boots or later: in a constructor, a lifecycle hook, a factory or a job. In a decorator it is too
 * early, because `main-worker.ts` imports the modules before it calls `runWorker`. Use `onlyInWeb` or `provideOnlyInWeb` there.
 *
 * @example if (!isWorkerProcess()) this.httpAdapterHost.httpAdapter.getHttpServer().on('upgrade', …);
 */
export function isWorkerProcess(): boolean {
  if (!isWorker) wasAskedBefore = true;
  return isWorker;
}

/** Makes this process a worker. */
export function becomeWorker(): void {
  isWorker = true;
}

/** @throws FledgeError `FLEDGE_WORKER_ROLE_EARLY` if a module has read the role before it was known */
export function requireUnreadRole(): void {
  if (!wasAskedBefore) return;
  throw new FledgeError(
    'FLEDGE_WORKER_ROLE_EARLY',
    'isWorkerProcess() was called before runWorker, while the modules were imported, and returned false in a worker. Use onlyInWeb(Module) or onlyInWorker(Module) in imports, and provideOnlyInWeb(Class) or provideOnlyInWorker(Class) in providers. Elsewhere, call isWorkerProcess() when the application boots.',
  );
}

/** Whether this process is one in which the thing belongs. */
export type Belongs = () => boolean;

/** Unlike `isWorkerProcess`, Nest asks these when it scans the modules. */
export const inWorker: Belongs = () => isWorker;
export const inWeb: Belongs = () => !isWorker;
