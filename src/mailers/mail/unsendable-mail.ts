import { FledgeError } from '../../jobs/index.js';

/** The error for a mail that no attempt can send. Its job goes to the dead set after the first attempt. */
export class UnsendableMail extends FledgeError {
  constructor(
    code: 'FLEDGE_MAIL_INVALID' | 'FLEDGE_MAIL_TOO_LARGE',
    message: string,
    details: { readonly cause?: unknown } = {},
  ) {
    super(code, message, details);
  }
}
