export { address, type MailAddress, type ParsedAddress } from './address.js';
export type { AttachmentOptions, AttachmentSource, MailAttachment } from './attachments/mail-attachment.js';
export type { Mail, MailAddresses, MailDefaults } from './mail.js';
export type { OutgoingAttachment, OutgoingMail } from './outgoing-mail.js';
export { Mailer, type MailAction, type MailerOptions, type MailSubject } from './mailer.js';
export { MailTransport, type MailReceipt } from './mail-transport.js';
export { MailersModule } from './mailers.module.js';
export { MailersService, type MailDelivery, type MailerActions } from './mailers.service.js';
export type { MailersOptions } from './options.js';
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
