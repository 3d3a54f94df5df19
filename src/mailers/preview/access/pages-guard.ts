import {
  Catch,
  ForbiddenException,
  Inject,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import type { PageRequest, Reply } from '../page/reply.js';
import { LocalVisitors, type Refusal } from './local-visitors.js';
import { sendRefusal } from './refusal-page.js';

class PageRefused extends ForbiddenException {
  constructor(readonly refusal: Refusal) {
    super('This page is open to this machine only');
  }
}

/** Guards pages for which the application sets no guards. `PageRefusedFilter` answers the requests that it refuses. */
export class LocalVisitorsGuard implements CanActivate {
  constructor(@Inject(LocalVisitors) private readonly visitors: LocalVisitors) {}

  canActivate(context: ExecutionContext): boolean {
    const refusal = this.visitors.refusal(context.switchToHttp().getRequest<PageRequest>());
    if (refusal) throw new PageRefused(refusal);
    return true;
  }
}

/** Answers refused requests with a page that explains how to open it. It is set on the controller, before the application's filters. */
@Catch(PageRefused)
export class PageRefusedFilter implements ExceptionFilter<PageRefused> {
  catch({ refusal }: PageRefused, host: ArgumentsHost): void {
    sendRefusal(host.switchToHttp().getResponse<Reply>(), refusal);
  }
}
