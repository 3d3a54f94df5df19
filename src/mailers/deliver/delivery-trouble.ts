import { FledgeError } from '../../jobs/index.js';
import { asError } from '../../jobs/internals.js';
import type { Refusal } from '../mail/mail-transport.js';
import type { TransportErrorDetails } from '../mail/mail-transport-error.js';

/** What is wrong with a transport itself, whatever the mail. */
export type TransportFault =
  'credentials' | 'host' | 'certificate' | 'encryption' | 'refusal' | 'account' | 'package';

/** Why a mail was not sent, and so what becomes of its job. */
export type DeliveryTrouble =
  /** It may pass: the job is tried again by its policy. */
  | { readonly kind: 'passing' }
  /** This mail will never be taken: the job dies with the server's words. */
  | { readonly kind: 'final' }
  /** No mail can go out until somebody has seen to it: the job waits, and no attempt is spent. */
  | { readonly kind: 'configuration'; readonly fault: TransportFault };

const passing: DeliveryTrouble = { kind: 'passing' };
const final: DeliveryTrouble = { kind: 'final' };
const fault = (what: TransportFault): DeliveryTrouble => ({ kind: 'configuration', fault: what });

/** What Node says of certificates that it does not trust. Source: OpenSSL's X509_V_ERR, as Node names them. */
const certificateCodes =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|PATH_LENGTH_EXCEEDED)/;
/** Words that nodemailer leaves where it drops a code. */
const certificateWords = /certificate|self[- ]signed/i;

/** By the names of the AWS SDK's errors. Source: the SES v2 API reference, SendEmail and common errors. */
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
};
const awsFinal: ReadonlySet<string> = new Set(['MessageRejected', 'BadRequestException']);

/** The one place that decides it. Fields as nodemailer gives them to its errors; a foreign transport may do the same. */
export function troubleOf(thrown: unknown): DeliveryTrouble {
  const error = asError(thrown);
  if (error instanceof FledgeError) return error.code === 'FLEDGE_PEER_MISSING' ? fault('package') : passing;
  const { code, originalCode = '', responseCode, command = '' } = error as TransportErrorDetails;
  if (code === 'ESES') {
    const known = Object.hasOwn(awsFaults, originalCode) ? awsFaults[originalCode] : undefined;
    return known ? fault(known) : awsFinal.has(originalCode) ? final : passing;
  }
  if (isTemporary(responseCode)) return passing;
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2') return fault('credentials');
  // "Authentication required", "Must issue a STARTTLS command first": said of any mail.
  if (responseCode === 530 || responseCode === 538) return fault('credentials');
  if (code === 'EREQUIRETLS') return fault('encryption');
  if (isCertificate(error, code, originalCode)) return fault('certificate');
  if (originalCode === 'ERR_SSL_WRONG_VERSION_NUMBER' || (code === 'ETLS' && responseCode !== undefined))
    return fault('encryption');
  if ((code === 'EDNS' || code === 'ENOTFOUND') && isUnknownHost(originalCode || code)) return fault('host');
  if (isPermanent(responseCode)) {
    // Said before the mail was spoken of: in the greeting, or after EHLO.
    return /^(MAIL|RCPT|DATA)/.test(command) || command === '' ? final : fault('refusal');
  }
  return responseCode === undefined &&
    (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'EMAXRECIPIENTS')
    ? final
    : passing;
}

/** Whether the server may take this recipient's mail later. */
export function mayComeLater({ code }: Refusal): boolean {
  return isTemporary(code);
}

/** RFC 5321 4.2.1; and 503, a session that went wrong: the same mail may pass in another. */
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

/** Not EAI_AGAIN and the like: the name servers' own trouble passes. */
function isUnknownHost(code: string): boolean {
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
