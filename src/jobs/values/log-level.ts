import type { LoggerService } from '@nestjs/common';

/** From talkative to quiet. */
export const jobLogLevels = ['debug', 'log', 'warn', 'error'] as const;
export type JobLogLevel = (typeof jobLogLevels)[number];

/** Whether a line of this level is wanted where this is the least one. */
export function isWanted(level: JobLogLevel, least: JobLogLevel | undefined): boolean {
  return least === undefined || jobLogLevels.indexOf(level) >= jobLogLevels.indexOf(least);
}

/** The same logger, less what is below this level. */
export function quieten(logger: LoggerService, least: JobLogLevel | undefined): LoggerService {
  if (least === undefined) return logger;
  const from =
    (level: JobLogLevel) =>
    (message: unknown, ...rest: unknown[]) =>
      void (isWanted(level, least) && logger[level]?.(message, ...rest));
  return {
    log: from('log'),
    warn: from('warn'),
    error: from('error'),
    debug: from('debug'),
    verbose: (message, ...rest) => void (isWanted('debug', least) && logger.verbose?.(message, ...rest)),
    fatal: (message, ...rest) => logger.fatal?.(message, ...rest),
  };
}
