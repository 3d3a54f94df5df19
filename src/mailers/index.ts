export { Action } from './mail/actions.js';
export { address, type MailAddress, type ParsedAddress } from './mail/address.js';
export { allowOnly } from './middleware/allow-only.js';
export type {
  AttachmentOptions,
  AttachmentSource,
  MailAlternative,
  MailAttachment,
} from './mail/mail-attachment.js';
export type { Mail, MailAddresses, MailDefaults } from './mail/mail.js';
export type { OutgoingAttachment, OutgoingMail } from './mail/outgoing-mail.js';
export { Mailer, type MailAction, type MailerOptions, type MailSubject } from './mail/mailer.js';
export type { MailMiddleware, OutgoingDelivery } from './mail/mail-middleware.js';
export { MailTransport, type MailReceipt, type Refusal, type SendOptions } from './mail/mail-transport.js';
export { MailTransportError, type TransportErrorDetails } from './mail/mail-transport-error.js';
export { MailersModule } from './mailers.module.js';
export { MailersService, type MailDelivery, type MailerActions, type MailerCall } from './mailers.service.js';
export { MemoryTransport } from './transports/memory-transport.js';
export { NodemailerTransport } from './transports/nodemailer-transport.js';
export type { NodemailerOptions, Transporter, TransporterPlugin } from './options/nodemailer-options.js';
export type { MailersOptions } from './options/mailers-options.js';
export { examples, MailPreview, type MailExamples, type PreviewOf } from './preview/mails/mail-preview.js';
export type { AllowedVisitors } from './preview/access/allowed-visitors.js';
export type { MailersModuleExtras, MailPreviewOptions } from './preview/access/preview-options.js';
export type { RateOptions } from './options/rate-options.js';
export { redirectAll, type RedirectOptions } from './middleware/redirect-all.js';
export type { SesOptions } from './options/ses-options.js';
export type { DkimOptions, SmtpAuth, SmtpOptions, SmtpTimeouts } from './options/smtp-options.js';
export { SmtpTransport } from './transports/smtp-transport.js';
export type { TransportOption } from './options/transport-option.js';
export { LiquidEngine } from './compose/templates/liquid-engine.js';
export { MjmlEngine, type MjmlEngineOptions } from './compose/templates/mjml-engine.js';
export {
  TemplateEngine,
  type Partials,
  type Template,
  type TemplateContext,
  type TemplatePart,
} from './mail/template-engine.js';
export type { TemplateOptions } from './options/template-options.js';
