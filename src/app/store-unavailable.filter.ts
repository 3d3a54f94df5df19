import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { FledgeError } from 'nestjs-fledge';

/** While the job store is away, what needs it answers 503; everything else goes on. */
@Catch(FledgeError)
export class StoreUnavailableFilter extends BaseExceptionFilter {
  override catch(error: FledgeError, host: ArgumentsHost): void {
    if (!error.unavailable) return super.catch(error, host);
    const body = {
      statusCode: 503,
      code: error.code,
      message: 'Background jobs are unavailable; try again in a moment',
    };
    super.catch(new HttpException(body, 503, { cause: error }), host);
  }
}
