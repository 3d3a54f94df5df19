export { Action } from './actions.js';
export { address, type MailAddress, type ParsedAddress } from './address.js';
export { allowOnly } from './allow-only.js';
export type { AttachmentOptions, AttachmentSource, MailAttachment } from './attachments/mail-attachment.js';
export type { Mail, MailAddresses, MailDefaults } from './mail.js';
export type { OutgoingAttachment, OutgoingMail } from './outgoing-mail.js';
export { Mailer, type MailAction, type MailerOptions, type MailSubject } from './mailer.js';
export type { MailMiddleware, OutgoingDelivery } from './mail-middleware.js';
export { MailTransport, type MailReceipt, type Refusal, type SendOptions } from './mail-transport.js';
export { MailTransportError, type TransportErrorDetails } from './mail-transport-error.js';
export { MailersModule } from './mailers.module.js';
export { MailersService, type MailDelivery, type MailerActions, type MailerCall } from './mailers.service.js';
export { MemoryTransport } from './memory-transport.js';
export {
  NodemailerTransport,
  type NodemailerOptions,
  type Transporter,
  type TransporterPlugin,
} from './nodemailer-transport.js';
export type { MailersOptions } from './options.js';
export { examples, MailPreview, type MailExamples, type PreviewOf } from './preview/mail-preview.js';
export type { AllowedVisitors } from './preview/access/allowed-visitors.js';
export type { MailersModuleExtras, MailPreviewOptions } from './preview/preview-options.js';
export type { RateOptions } from './rate-limit.js';
export { redirectAll, type RedirectOptions } from './redirect-all.js';
export type { SesOptions } from './ses-transport.js';
export type { DkimOptions, SmtpAuth, SmtpOptions, SmtpTimeouts } from './smtp-options.js';
export { SmtpTransport } from './smtp-transport.js';
export type { TransportOption } from './transport-option.js';
export { LiquidEngine } from './templates/liquid-engine.js';
export { MjmlEngine, type MjmlEngineOptions } from './templates/mjml-engine.js';
export {
  TemplateEngine,
  type Partials,
  type Template,
  type TemplateContext,
  type TemplatePart,
} from './templates/template-engine.js';
export type { TemplateOptions } from './templates/template-options.js';

// For the testing kit; applications need none of these.
export { deliveryJobName } from './deliver-mail.job.js';
export { recipientsOf } from './mail-transport.js';
export { MailTransports } from './mail-transports.js';
export { MAILERS_OPTIONS } from './options.js';
export { storedMailerName } from './mailer-registry.js';
