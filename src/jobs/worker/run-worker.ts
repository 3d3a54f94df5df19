import type { DynamicModule, Type } from '@nestjs/common';
import type { ContextOptions } from './worker-application.js';
import { WorkerProcess } from './worker-process.js';

export interface RunWorkerOptions extends ContextOptions {
  /** The command line, without node and the script. @default process.argv.slice(2) */
  readonly args?: readonly string[];
}

/**
 * The whole of `main-worker.ts`: boots the application without its HTTP side and runs its jobs. TERM and INT stop it in
 * order within `shutdownTimeout`, a second INT leaves at once, TSTP takes no more jobs, TTIN logs what runs. The process
 * ends here: 0 after a clean stop, 1 when it could not start or an exception was not caught, 2 with wrong settings, 3 when
 * unfinished jobs could not be handed back, 130 when it left at once.
 *
 * @param options Nest's own, for instance `{ logger: new ConsoleLogger({ json: true }) }`; without a logger there is one
 * that writes text on a terminal and JSON elsewhere
 * @example void runWorker(AppModule);
 */
export async function runWorker(module: Type | DynamicModule, options: RunWorkerOptions = {}): Promise<void> {
  const { args = process.argv.slice(2), ...nest } = options;
  await new WorkerProcess(module, nest, args).run();
}
