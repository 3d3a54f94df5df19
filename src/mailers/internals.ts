// What the testing kit needs of mailers, and applications do not. It is not in the exports of package.json.

export { deliveryJobName } from './deliver/deliver-mail.job.js';
export { recipientsOf } from './mail/mail-transport.js';
export { MailTransports } from './deliver/mail-transports.js';
export { MAILERS_OPTIONS } from './options/mailers-options.js';
export { storedMailerName } from './compose/mailer-registry.js';
