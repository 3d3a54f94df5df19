export type { MailAddress, ParsedAddress } from './address.js';
export type { Mail } from './mail.js';
export type { OutgoingAttachment, OutgoingMail } from './outgoing-mail.js';
export { Mailer, type MailAction, type MailerOptions } from './mailer.js';
export { MailTransport, type MailReceipt } from './mail-transport.js';
export { MailersModule } from './mailers.module.js';
export { MailersService, type MailDelivery, type MailerActions } from './mailers.service.js';
export type { MailersOptions } from './options.js';
