// Exports for the testing kit. Applications cannot import them, because package.json does not export this file.

export { deliveryJobName } from './enqueue/mail-request.js';
export { recipientsOf } from './mail/mail-transport.js';
export { MailTransports } from './deliver/mail-transports.js';
export { MAILERS_OPTIONS } from './options/mailers-options.js';
export { storedMailerName } from './compose/mailer-registry.js';
export { mailerOptionsOf } from './mail/mailer.js';
