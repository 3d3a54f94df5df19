import type { DynamicModule, Type } from '@nestjs/common';
import type { ContextOptions, WorkerSetup } from './worker-application.js';
import { WorkerProcess } from './worker-process.js';

export interface RunWorkerOptions extends ContextOptions {
  /** The command line, without node and the script. @default process.argv.slice(2) */
  readonly args?: readonly string[];
  /**
   * Called once the application is up and before the first job, with what `NestFactory` returns in `main.ts`. If it throws,
   * the worker does not start. With `bufferLogs: true`, the lines of the boot go to the logger that it sets.
   *
   * @default nothing
   * @example { bufferLogs: true, setup: (app) => app.useLogger(app.get(Logger)) }
   */
  readonly setup?: WorkerSetup;
}

/**
 * Boots the application without its HTTP side, runs its jobs, and ends the process. It is all that `main-worker.ts` needs.
 *
 * SIGTERM and SIGINT stop the worker within `shutdownTimeout`. A second SIGINT ends it at once. SIGTSTP stops taking jobs,
 * and SIGTTIN logs the running jobs. The exit code is 0 after a clean stop and 1 when the worker could not start or an
 * exception was not caught. It is 2 for wrong settings, 3 when unfinished jobs could not be handed back, and 130 after a
 * second SIGINT.
 *
 * @param options Nest's options, for example `{ logger: new ConsoleLogger({ json: true }) }`. The default logger writes text
 * on a terminal and JSON elsewhere
 * @example void runWorker(AppModule);
 */
export async function runWorker(module: Type | DynamicModule, options: RunWorkerOptions = {}): Promise<void> {
  const { args = process.argv.slice(2), ...rest } = options;
  await new WorkerProcess(module, rest, args).run();
}
