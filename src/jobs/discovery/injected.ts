import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { asError, FledgeError, type FledgeErrorCode } from '../values/errors.js';

/** Turns the classes that options name into instances: the container's own where it provides one, else a new one. */
@Injectable()
export class Provided {
  constructor(private readonly moduleRef: ModuleRef) {}

  /**
   * @param what it is, for the message, with the code that goes with it
   * @throws FledgeError with that code when it cannot be created
   */
  async instanceOf<T>(type: Type<T>, what: string, code: FledgeErrorCode): Promise<T> {
    try {
      return this.moduleRef.get<T>(type, { strict: false });
    } catch (error) {
      // Anything but "nobody provides it" is for the application to know: a request-scoped class, for instance.
      if ((error as Error).constructor.name !== 'UnknownElementException')
        throw unavailable(type, what, code, error);
    }
    try {
      return await this.moduleRef.create(type);
    } catch (error) {
      throw unavailable(type, what, code, error);
    }
  }
}

function unavailable(type: Type, what: string, code: FledgeErrorCode, cause: unknown): FledgeError {
  return new FledgeError(
    code,
    `The ${what} ${type.name} cannot be created: ${asError(cause).message} Add it to the providers of the module that has what it needs, and let it have no request scope.`,
    { cause },
  );
}
