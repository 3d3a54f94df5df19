import { Links } from './links.js';
import { troubleMain, type Trouble } from './page/error-page.js';
import type { Fragment, Html } from './page/html.js';
import { layout, type Section } from './page/layout.js';
import { sendPage, type PageRequest, type Reply } from './reply.js';

interface Content {
  readonly status?: number;
  readonly title: string;
  readonly main: Fragment;
  readonly side?: Html | undefined;
  readonly script?: Html | undefined;
}

/** One request and its answer. */
export class Visit {
  readonly links: Links;

  constructor(
    request: PageRequest,
    readonly reply: Reply,
    private readonly section: Section,
    private readonly hasMailbox: boolean,
    depth: number,
  ) {
    this.links = new Links(request.originalUrl, depth);
  }

  get query(): URLSearchParams {
    return this.links.query;
  }

  show({ status = 200, ...content }: Content): void {
    const { links, section, hasMailbox } = this;
    sendPage(this.reply, status, (nonce) => layout({ ...content, links, section, hasMailbox }, nonce));
  }

  trouble(trouble: Omit<Trouble, 'stack'>, status: number, side?: Html): void {
    // A stack tells of the server, and guards in production may let others in than developers.
    const stack = process.env.NODE_ENV !== 'production';
    this.show({ status, title: trouble.title, main: troubleMain({ ...trouble, stack }), side });
  }
}
