import { Get, Inject, Param, Req, Res } from '@nestjs/common';
import { sendFrame } from './page/frame.js';
import { MailPreviews, type Payloads, type PreviewedAction } from './mails/mail-previews.js';
import { MAILBOX, type Mailbox } from './mailbox/mailbox.js';
import { html, type Fragment } from './page/html.js';
import { mailMain } from './page/mail-page.js';
import type { MailChoice } from './page/mail-selection.js';
import { howToPreview, previewAt, previewIndex, previewList } from './page/preview-pages.js';
import { sendAttachment, sendFile, type PageRequest, type Reply } from './page/reply.js';
import type { ShownMail } from './mails/shown-mail.js';
import { Visit } from './visit.js';

/** The parameters in the route of an action. */
interface ActionParams {
  readonly mailer: string;
  readonly action: string;
}

/** The mail of a preview, made for the example and locale in the query. */
interface PreviewedMail {
  readonly mail: ShownMail;
  readonly choices: readonly MailChoice[];
}

/** Shows the mails that the mailers would send. Makes each mail again for each request. `withPreviews` sets its path and guards. */
export class MailPreviewsController {
  constructor(
    private readonly previews: MailPreviews,
    @Inject(MAILBOX) private readonly mailbox: Mailbox | undefined,
  ) {}

  @Get()
  index(@Req() request: PageRequest, @Res() reply: Reply): void {
    const visit = this.visit(request, reply, 0);
    visit.show({ title: 'Mail previews', main: previewIndex(this.previews.list(), visit.links) });
  }

  @Get('preview/:mailer/:action')
  async mail(@Req() request: PageRequest, @Res() reply: Reply, @Param() params: ActionParams): Promise<void> {
    const visit = this.visit(request, reply, 3);
    await this.withMail(visit, params, ({ mail, choices }, action) =>
      visit.show({
        title: `${mail.subject} · ${action.mailer}.${action.action}`,
        main: mailMain({ mail, choices, links: visit.links, at: previewAt(action) }),
        side: previewList(this.previews.list(), visit.links, action),
      }),
    );
  }

  @Get('preview/:mailer/:action/frame')
  async frame(
    @Req() request: PageRequest,
    @Res() reply: Reply,
    @Param() params: ActionParams,
  ): Promise<void> {
    const visit = this.visit(request, reply, 4);
    await this.withMail(visit, params, ({ mail }) =>
      sendFrame(reply, mail, visit.query.get('remote') === '1'),
    );
  }

  @Get('preview/:mailer/:action/message.eml')
  async message(
    @Req() request: PageRequest,
    @Res() reply: Reply,
    @Param() params: ActionParams,
  ): Promise<void> {
    await this.withMail(this.visit(request, reply, 4), params, ({ mail }, { mailer, action }) =>
      sendFile(reply, `${mailer}-${action}.eml`, 'message/rfc822', mail.eml),
    );
  }

  @Get('preview/:mailer/:action/attachments/:index')
  async attachment(
    @Req() request: PageRequest,
    @Res() reply: Reply,
    @Param() params: ActionParams & { readonly index: string },
  ): Promise<void> {
    const visit = this.visit(request, reply, 5);
    await this.withMail(visit, params, ({ mail }) => {
      if (!sendAttachment(reply, mail, params.index)) this.missing(visit, 'This attachment does not exist');
    });
  }

  private visit(request: PageRequest, reply: Reply, depth: number): Visit {
    return new Visit(request, reply, 'previews', this.mailbox !== undefined, depth);
  }

  /** Makes the mail and passes it to `use`. If there is no mail, answers with the reason. */
  private async withMail(
    visit: Visit,
    { mailer, action }: ActionParams,
    use: (previewed: PreviewedMail, action: PreviewedAction) => void,
  ): Promise<void> {
    const actions = this.previews.list();
    const wanted = actions.find((one) => one.mailer === mailer && one.action === action);
    if (!wanted) return this.missing(visit, `${mailer}.${action} does not exist`);
    const side = previewList(actions, visit.links, wanted);
    const title = `${mailer}.${action}`;
    if (!wanted.ready) return visit.show({ title, main: howToPreview(wanted), side });
    let payloads: Payloads = new Map();
    let previewed: PreviewedMail;
    try {
      payloads = await this.previews.payloads(wanted);
      previewed = await this.make(visit, wanted, payloads);
    } catch (error) {
      const nextLinks = this.linksAfterError(visit, wanted, [...payloads.keys()]);
      return visit.showError({ title: `${title} failed`, error, nextLinks }, 500, side);
    }
    use(previewed, wanted);
  }

  private async make(visit: Visit, action: PreviewedAction, payloads: Payloads): Promise<PreviewedMail> {
    const names = [...payloads.keys()];
    const example = names.find((name) => name === visit.query.get('example')) ?? names[0] ?? '';
    const locales = await this.previews.locales(action);
    const locale = locales.find((one) => one === visit.query.get('locale'));
    const choices = [
      { name: 'Example', key: 'example', chosen: example, values: names },
      { name: 'Locale', key: 'locale', chosen: locale ?? '', values: ['', ...locales] },
    ];
    return { mail: await this.previews.show(action, payloads.get(example), locale), choices };
  }

  private linksAfterError({ links }: Visit, action: PreviewedAction, examples: readonly string[]): Fragment {
    const { mailer, action: name, preview } = action;
    return html`<p>
        The error comes from ${preview && `${preview.markedClass.name}.${name} or from `}${mailer}.${name}.
        Correct it and try again, or open another mail.
      </p>
      <p>
        <a href="${links.to(previewAt(action), Object.fromEntries(links.query))}">Try again</a>
        ${examples
          .filter((example) => example !== '')
          .map((example) => html` · <a href="${links.to(previewAt(action), { example })}">${example}</a>`)}
        · <a href="${links.to([])}">All previews</a>
      </p>`;
  }

  private missing(visit: Visit, title: string): void {
    const nextLinks = html`<p><a href="${visit.links.to([])}">All previews</a></p>`;
    visit.showError({ title, error: new Error('It may have been renamed.'), nextLinks }, 404);
  }
}
