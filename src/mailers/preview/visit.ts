import { isDevelopment } from './access/development.js';
import { Links } from './page/links.js';
import { errorMain, type Problem } from './page/error-page.js';
import type { Fragment, Html } from './page/html.js';
import { layout, type Section } from './page/layout.js';
import { sendPage, type PageRequest, type Reply } from './page/reply.js';

interface Content {
  readonly status?: number;
  readonly title: string;
  readonly main: Fragment;
  readonly side?: Html | undefined;
  readonly script?: Html | undefined;
}

/** One request and its reply. */
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

  showError(problem: Omit<Problem, 'stack'>, status: number, side?: Html): void {
    // A stack describes the server. In production the guards may admit users who are not developers.
    const main = errorMain({ ...problem, stack: isDevelopment() });
    this.show({ status, title: problem.title, main, side });
  }
}
