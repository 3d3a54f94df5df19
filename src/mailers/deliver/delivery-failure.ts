import { FledgeError } from '../../jobs/index.js';
import { asError } from '../../jobs/internals.js';
import type { Refusal } from '../mail/mail-transport.js';
import { accountFault, stageOf } from './account-refusals.js';
import type { AccountFault } from './refusal-codes.js';
import { transportErrorDetails } from '../mail/mail-transport-error.js';

/** A problem of a transport that affects every mail. */
export type TransportFault =
  'credentials' | 'host' | 'certificate' | 'encryption' | 'refusal' | AccountFault | 'package';

/** The kind of a failure to send a mail. It decides what happens to the job. */
export type DeliveryFailure =
  /** The server may accept the mail later, so the job is retried by its policy. */
  | { readonly kind: 'temporary' }
  /** The server will never accept this mail, so the job dies with the server's response. */
  | { readonly kind: 'permanent' }
  /** The transport can send no mail until an operator fixes it. The job waits and uses up no attempt. */
  | { readonly kind: 'configuration'; readonly fault: TransportFault };

const temporary: DeliveryFailure = { kind: 'temporary' };
const permanent: DeliveryFailure = { kind: 'permanent' };
const configuration = (fault: TransportFault): DeliveryFailure => ({ kind: 'configuration', fault });

/** Node's codes for certificates that it does not trust. Source: OpenSSL's X509_V_ERR, as Node names them. */
const certificateCodes =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|PATH_LENGTH_EXCEEDED)/;
/** The words of a message about a certificate. Nodemailer drops the code of some of these errors. */
const certificateWords = /certificate|self[- ]signed/i;

/** Faults by the names of the AWS SDK's errors. Source: the SES v2 API reference, SendEmail and common errors. */
const awsFaults: Readonly<Record<string, TransportFault>> = {
  CredentialsProviderError: 'credentials',
  UnrecognizedClientException: 'credentials',
  InvalidClientTokenId: 'credentials',
  InvalidSignatureException: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  ExpiredTokenException: 'credentials',
  AccessDeniedException: 'credentials',
  AccountSuspendedException: 'account',
  SendingPausedException: 'account',
  MailFromDomainNotVerifiedException: 'account',
  NotFoundException: 'account',
};
const awsPermanent: ReadonlySet<string> = new Set(['MessageRejected', 'BadRequestException']);

/** Classifies the error of a transport by the fields that nodemailer sets. Only this function decides the kind of a failure. */
export function classifyFailure(thrown: unknown): DeliveryFailure {
  const error = asError(thrown);
  if (error instanceof FledgeError)
    return error.code === 'FLEDGE_PEER_MISSING' ? configuration('package') : temporary;
  const { code, originalCode = '', responseCode, response, command = '' } = transportErrorDetails(error);
  if (code === 'ESES') {
    const fault = Object.hasOwn(awsFaults, originalCode) ? awsFaults[originalCode] : undefined;
    if (fault) return configuration(fault);
    const ofMessage = awsPermanent.has(originalCode) ? accountFault(error.message, undefined) : undefined;
    if (ofMessage) return configuration(ofMessage);
    return awsPermanent.has(originalCode) ? permanent : temporary;
  }
  if (isTemporary(responseCode)) return temporary;
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2') return configuration('credentials');
  // "Authentication required" and "Must issue a STARTTLS command first" are about the session, not about the mail.
  if (responseCode === 530 || responseCode === 538) return configuration('credentials');
  if (code === 'EREQUIRETLS') return configuration('encryption');
  if (isCertificate(error, code, originalCode)) return configuration('certificate');
  if (originalCode === 'ERR_SSL_WRONG_VERSION_NUMBER' || (code === 'ETLS' && responseCode !== undefined))
    return configuration('encryption');
  if ((code === 'EDNS' || code === 'ENOTFOUND') && isUnknownHost(originalCode || code))
    return configuration('host');
  if (isPermanent(responseCode)) {
    const fault = accountFault(response ?? error.message, stageOf(command));
    if (fault) return configuration(fault);
    // A refusal of the greeting or of EHLO comes before the server knows the mail.
    return /^(MAIL|RCPT|DATA)/.test(command) || command === '' ? permanent : configuration('refusal');
  }
  return responseCode === undefined &&
    (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'EMAXRECIPIENTS')
    ? permanent
    : temporary;
}

/** Returns whether the server deferred this recipient, or refused it because of the account, so that it may accept the mail later. */
export function isDeferred({ code, response }: Refusal): boolean {
  return isTemporary(code) || (isPermanent(code) && accountFault(response, 'recipient') !== undefined);
}

/** 4xx by RFC 5321 4.2.1, and 503, a bad sequence of commands. The server may accept the same mail in another session. */
function isTemporary(code: number | undefined): boolean {
  return code !== undefined && ((code >= 400 && code < 500) || code === 503);
}

function isPermanent(code: number | undefined): boolean {
  return code !== undefined && code >= 500 && code < 600;
}

function isCertificate(error: Error, code: string | undefined, originalCode: string): boolean {
  if (certificateCodes.test(originalCode) || certificateCodes.test(code ?? '')) return true;
  return (code === 'ETLS' || code === 'ESOCKET') && certificateWords.test(error.message);
}

/** Codes such as EAI_AGAIN are excluded, because failing name servers are a temporary failure. */
function isUnknownHost(code: string): boolean {
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
