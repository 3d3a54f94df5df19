import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { FledgeError } from 'nestjs-fledge';

/** Answers 503 to requests that need the job store while it is unavailable. Other requests work as usual. */
@Catch(FledgeError)
export class StoreUnavailableFilter extends BaseExceptionFilter {
  override catch(error: FledgeError, host: ArgumentsHost): void {
    if (!error.unavailable) return super.catch(error, host);
    const body = {
      statusCode: 503,
      code: error.code,
      message: 'Background jobs are unavailable. Try again in a moment.',
    };
    super.catch(new HttpException(body, 503, { cause: error }), host);
  }
}
