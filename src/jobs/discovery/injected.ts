import { Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { asError, FledgeError, type FledgeErrorCode } from '../values/errors.js';

/** Turns the classes that options name into instances. Uses the container's instance if there is one, or creates one. */
@Injectable()
export class Provided {
  constructor(private readonly moduleRef: ModuleRef) {}

  /**
   * @param what the role of the class, for the message
   * @param code the code of the error
   * @throws FledgeError with this code if the class cannot be created
   */
  async instanceOf<T>(type: Type<T>, what: string, code: FledgeErrorCode): Promise<T> {
    try {
      return this.moduleRef.get<T>(type, { strict: false });
    } catch (error) {
      // A class without a provider is created below. Any other error, such as for a request-scoped class, is reported.
      if (asError(error).constructor.name !== 'UnknownElementException')
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
    `The ${what} ${type.name} cannot be created: ${asError(cause).message} Add it to the providers of the module that has its dependencies, and make sure that it is not request-scoped.`,
    { cause },
  );
}
