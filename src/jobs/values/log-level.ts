import type { LoggerService } from '@nestjs/common';

/** The log levels of jobs. The most verbose comes first. */
export const jobLogLevels = ['debug', 'log', 'warn', 'error'] as const;
export type JobLogLevel = (typeof jobLogLevels)[number];

/** Returns whether a line of this level is logged when `least` is the minimum level. */
export function isWanted(level: JobLogLevel, least: JobLogLevel | undefined): boolean {
  return least === undefined || jobLogLevels.indexOf(level) >= jobLogLevels.indexOf(least);
}

/** Returns a logger that drops the lines below this level. */
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
