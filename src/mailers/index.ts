export type { Mail, MailAddress, OutgoingMail, ParsedAddress } from './mail.js';
export { Mailer, type MailAction, type MailerOptions } from './mailer.js';
export { MailTransport, type MailReceipt } from './mail-transport.js';
export { MailersModule } from './mailers.module.js';
export { MailersService, type MailDelivery, type MailerActions } from './mailers.service.js';
export type { MailersOptions } from './options.js';
