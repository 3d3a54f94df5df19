import { loadPeer } from '../../../jobs/internals.js';
import { LiquidEngine } from './liquid-engine.js';
import {
  TemplateEngine,
  type Template,
  type TemplateContext,
  type TemplatePart,
} from '../../mail/template-engine.js';

export interface MjmlEngineOptions {
  /** What renders the templates before MJML sees them. @default new LiquidEngine() */
  readonly engine?: TemplateEngine;
  /** Fonts by name, with the style sheet that the reader's program loads for each. @default MJML's own, from Google */
  readonly fonts?: Readonly<Record<string, string>>;
  /** Makes the html smaller. @default false */
  readonly minify?: boolean;
}

/**
 * Mails in MJML: `<mjml>` in the html template or in its layout becomes html that mail programs understand. Partials are
 * those of the engine inside, so that nothing is included from outside the templates' directory.
 */
export class MjmlEngine extends TemplateEngine {
  readonly extension: string;
  private readonly engine: TemplateEngine;

  constructor(private readonly options: MjmlEngineOptions = {}) {
    super();
    this.engine = options.engine ?? new LiquidEngine();
    this.extension = this.engine.extension;
  }

  override async check(template: Template, context: TemplateContext): Promise<void> {
    await this.engine.check(template, context);
    if (/<mj-include\b/i.test(template.source)) {
      throw new Error(
        'mj-include is not followed. Include a partial in the words of the engine inside, as in {% render %}',
      );
    }
  }

  async render(
    template: Template,
    variables: Readonly<Record<string, unknown>>,
    context: TemplateContext,
  ): Promise<string> {
    return this.engine.render(template, variables, context);
  }

  /** @throws FledgeError `FLEDGE_PEER_MISSING`; an error with MJML's complaints and their lines */
  override async finish(document: string, part: TemplatePart): Promise<string> {
    const text = await this.engine.finish(document, part);
    if (part !== 'html' || !/^\s*<mjml\b/i.test(text)) return text;
    const { default: mjml } = await loadPeer('mjml', 'An MJML template', () => import('mjml'));
    const { fonts, minify } = this.options;
    try {
      const { html } = await mjml(text, {
        validationLevel: 'strict',
        keepComments: false,
        ignoreIncludes: true,
        ...(fonts ? { fonts: { ...fonts } } : {}),
        ...(minify === undefined ? {} : { minify }),
      });
      return html;
    } catch (error) {
      throw new Error(`MJML refuses it: ${complaints(error)}`, { cause: error });
    }
  }
}

function complaints(error: unknown): string {
  const { errors, message } = error as { errors?: { line: number; message: string }[]; message: string };
  return errors?.map((one) => `line ${one.line}: ${one.message}`).join('; ') ?? message;
}
