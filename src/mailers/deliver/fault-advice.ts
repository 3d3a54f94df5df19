import type { TransportFault } from './delivery-failure.js';

/** What an operator can do about each fault, as a sentence without its full stop. */
export const advice: Readonly<Record<TransportFault, string>> = {
  credentials: 'Check its user and password, and that they may send',
  host: 'Check the name of its server',
  certificate: 'Check its certificate. For your own certificate authority, set tls.ca',
  encryption: 'Check that its server uses TLS on this port: smtps:// from the start, smtp:// with STARTTLS',
  refusal: 'Ask the operator of its server why it refuses this machine',
  account: 'Check the account and the sender’s domain',
  sender:
    'Check that the account may send with this from, verify its address or domain with the provider, and check that it is not on a block list',
  limit: 'Wait until the limit ends, raise it, or set rate',
  reputation:
    'Ask the operator of its server or of the block list why it refuses this machine, or send through another server',
  package: 'Install the package',
};
