import { Get, Inject, Param, Req, Res } from '@nestjs/common';
import { MailTransport } from '../mail/mail-transport.js';
import { sendFrame } from './page/frame.js';
import { MAILBOX, type Mailbox } from './mailbox/mailbox.js';
import { html, type Html } from './page/html.js';
import { mailMain } from './page/mail-page.js';
import { inbox, mailboxIndex, newMailStatus } from './page/mailbox-pages.js';
import { refresh } from './page/refresh.js';
import { send, sendAttachment, sendFile, type PageRequest, type Reply } from './page/reply.js';
import type { ShownMail } from './mails/shown-mail.js';
import { Visit } from './visit.js';

/** Shows the mails that the transport has kept. `withPreviews` sets its path and guards. */
export class MailboxController {
  constructor(
    @Inject(MAILBOX) private readonly mailbox: Mailbox | undefined,
    private readonly transport: MailTransport,
  ) {}

  @Get('mailbox')
  async index(@Req() request: PageRequest, @Res() reply: Reply): Promise<void> {
    const visit = this.visit(request, reply, 1);
    await this.withMailbox(visit, async (mailbox) => {
      // Read before the list. If a mail arrives in between, the next check finds another version.
      const version = await mailbox.version();
      const listing = await mailbox.list();
      const list = inbox(listing, version, visit.links);
      const main = [mailboxIndex(listing, mailbox.description, list), newMailStatus];
      visit.show({ title: 'Mailbox', main, script: refresh });
    });
  }

  /** An open list requests this every two seconds. */
  @Get('mailbox.json')
  async version(@Req() request: PageRequest, @Res() reply: Reply): Promise<void> {
    await this.withMailbox(this.visit(request, reply, 1), async (mailbox) => {
      const body = JSON.stringify({ version: await mailbox.version() });
      send(reply, 200, { 'content-type': 'application/json' }, body);
    });
  }

  @Get('mailbox/:id')
  async mail(@Req() request: PageRequest, @Res() reply: Reply, @Param('id') id: string): Promise<void> {
    const visit = this.visit(request, reply, 2);
    await this.withMail(visit, id, async (mail, mailbox) => {
      const version = await mailbox.version();
      const list = inbox(await mailbox.list(), version, visit.links, id);
      const main = [mailMain({ mail, links: visit.links, at: ['mailbox', id] }), newMailStatus];
      const side = html`<nav aria-label="Mails">${list}</nav>`;
      visit.show({ title: mail.subject, main, side, script: refresh });
    });
  }

  @Get('mailbox/:id/frame')
  async frame(@Req() request: PageRequest, @Res() reply: Reply, @Param('id') id: string): Promise<void> {
    const visit = this.visit(request, reply, 3);
    await this.withMail(visit, id, (mail) => sendFrame(reply, mail, visit.query.get('remote') === '1'));
  }

  @Get('mailbox/:id/message.eml')
  async message(@Req() request: PageRequest, @Res() reply: Reply, @Param('id') id: string): Promise<void> {
    await this.withMail(this.visit(request, reply, 3), id, ({ eml }) =>
      sendFile(reply, id.endsWith('.eml') ? id : `${id}.eml`, 'message/rfc822', eml),
    );
  }

  @Get('mailbox/:id/attachments/:index')
  async attachment(
    @Req() request: PageRequest,
    @Res() reply: Reply,
    @Param() { id, index }: { readonly id: string; readonly index: string },
  ): Promise<void> {
    const visit = this.visit(request, reply, 4);
    await this.withMail(visit, id, (mail) => {
      if (!sendAttachment(reply, mail, index))
        this.missing(visit, 'This attachment does not exist', 'The mail has no attachment with this number.');
    });
  }

  private visit(request: PageRequest, reply: Reply, depth: number): Visit {
    return new Visit(request, reply, 'mailbox', this.mailbox !== undefined, depth);
  }

  private async withMail(
    visit: Visit,
    id: string,
    use: (mail: ShownMail, mailbox: Mailbox) => void | Promise<void>,
  ): Promise<void> {
    await this.withMailbox(
      visit,
      async (mailbox) => {
        const mail = await mailbox.open(id);
        if (mail) await use(mail, mailbox);
        else
          this.missing(
            visit,
            'This mail does not exist',
            `There is no mail with the name ${id} in ${mailbox.description}.`,
          );
      },
      'This mail cannot be read',
    );
  }

  private async withMailbox(
    visit: Visit,
    use: (mailbox: Mailbox) => Promise<void>,
    errorTitle = 'The mailbox cannot be read',
  ): Promise<void> {
    if (!this.mailbox) {
      const why = `Mails are sent to ${this.transport.description}. Only transports that keep mails in files or in memory have a mailbox.`;
      return this.missing(visit, 'There is no mailbox', why);
    }
    try {
      await use(this.mailbox);
    } catch (error) {
      visit.showError({ title: errorTitle, error, nextLinks: nextLinks(visit) }, 500);
    }
  }

  private missing(visit: Visit, title: string, why: string): void {
    visit.showError({ title, error: new Error(why), nextLinks: nextLinks(visit) }, 404);
  }
}

function nextLinks({ links }: Visit): Html {
  return html`<p><a href="${links.to(['mailbox'])}">Mailbox</a> · <a href="${links.to([])}">Previews</a></p>`;
}
