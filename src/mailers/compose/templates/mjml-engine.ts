import { asError, isObject, loadPeer, refuseUnknownOptions } from '../../../jobs/internals.js';
import { LiquidEngine } from './liquid-engine.js';
import {
  TemplateEngine,
  type Template,
  type TemplateContext,
  type TemplatePart,
} from '../../mail/template-engine.js';

export interface MjmlEngineOptions {
  /** The engine that renders the templates to MJML. @default new LiquidEngine() */
  readonly engine?: TemplateEngine;
  /** Fonts by name, with the URL of a style sheet that the mail program loads for each. @default MJML's fonts, from Google */
  readonly fonts?: Readonly<Record<string, string>>;
  /** Minifies the html. @default false */
  readonly minify?: boolean;
}

const optionNames = { engine: true, fonts: true, minify: true } satisfies Record<
  keyof MjmlEngineOptions,
  true
>;

/**
 * Renders MJML. `<mjml>` in the html template or in its layout becomes html that mail programs understand. Partials come from the inner
 * engine, so nothing outside the template directory is included.
 */
export class MjmlEngine extends TemplateEngine {
  readonly extension: string;
  private readonly engine: TemplateEngine;

  constructor(private readonly options: MjmlEngineOptions = {}) {
    super();
    refuseUnknownOptions(options, optionNames, 'MjmlEngine');
    this.engine = options.engine ?? new LiquidEngine();
    this.extension = this.engine.extension;
  }

  override async check(template: Template, context: TemplateContext): Promise<void> {
    await this.engine.check(template, context);
    if (/<mj-include\b/i.test(template.source)) {
      throw new Error(
        'mj-include is not supported. Include a partial with the inner engine, such as with {% render %}',
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

  /** @throws FledgeError `FLEDGE_PEER_MISSING`; an error with MJML's errors and their lines */
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
      throw new Error(`MJML could not render it: ${mjmlErrorText(error)}`, { cause: error });
    }
  }
}

function mjmlErrorText(error: unknown): string {
  if (!hasErrors(error)) return asError(error).message;
  return error.errors.map((one) => `line ${one.line}: ${one.message}`).join('; ');
}

function hasErrors(error: unknown): error is { errors: readonly { line: number; message: string }[] } {
  return isObject(error) && Array.isArray(error.errors);
}
