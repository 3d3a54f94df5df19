/**
 * Returns the address of a mail catcher's page, or undefined for any other server. Mailpit and MailHog listen for mails on port 1025
 * and have their page on port 8025. The name of a container has no dot, and its ports are published on the developer's machine.
 *
 * @param transport the description of an SMTP transport
 */
export function catcherPage(transport: string): string | undefined {
  const host = /^smtp:\/\/([\w.-]+|\[[\da-f:]+\]):1025$/i.exec(transport)?.[1];
  if (host === undefined) return undefined;
  const isHere = !host.includes('.') || host.startsWith('127.');
  return `http://${isHere ? 'localhost' : host}:8025`;
}
