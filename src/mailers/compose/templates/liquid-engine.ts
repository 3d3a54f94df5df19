import type { Liquid, Template as Parsed } from 'liquidjs';
import { loadPeer } from '../../../jobs/internals.js';
import {
  TemplateEngine,
  type Partials,
  type Template,
  type TemplateContext,
  type TemplatePart,
} from '../../mail/template-engine.js';

/** A Liquid for one part and one set of partials, with the templates that it has parsed. */
interface Renderer {
  readonly liquid: Liquid;
  readonly parsed: WeakMap<Template, Parsed[]>;
}

/**
 * Renders Liquid templates with liquidjs. Templates contain no code, and use only files that Fledge has read. In html, every value is
 * escaped unless the template uses `| raw`. An unknown variable, filter or partial is an error.
 */
export class LiquidEngine extends TemplateEngine {
  readonly extension = 'liquid';
  private readonly renderers = new WeakMap<Partials, Map<TemplatePart, Renderer>>();

  /** @throws FledgeError `FLEDGE_PEER_MISSING`; liquidjs' own errors, with line and column */
  override async check(template: Template, context: TemplateContext): Promise<void> {
    if (isPlain(template)) return;
    const renderer = await this.rendererFor(context);
    // This also analyzes the partials that a template includes by a fixed name.
    await renderer.liquid.analyze(parse(renderer, template));
  }

  /** @throws FledgeError `FLEDGE_PEER_MISSING`; liquidjs' own errors, with line and column */
  async render(
    template: Template,
    variables: Readonly<Record<string, unknown>>,
    context: TemplateContext,
  ): Promise<string> {
    if (isPlain(template)) return template.source;
    const renderer = await this.rendererFor(context);
    const { content } = context;
    const scope = content === undefined ? variables : { ...variables, content: new Rendered(content) };
    return renderer.liquid.render(parse(renderer, template), scope);
  }

  private async rendererFor({ part, partials }: TemplateContext): Promise<Renderer> {
    const byPart = this.renderers.get(partials) ?? new Map<TemplatePart, Renderer>();
    this.renderers.set(partials, byPart);
    const existing = byPart.get(part);
    if (existing) return existing;
    const { Liquid } = await loadPeer('liquidjs', 'A mail template', () => import('liquidjs'));
    const liquid = new Liquid({
      // With templates in memory, liquidjs never opens a file.
      templates: withoutPrototype(partials),
      cache: true,
      strictFilters: true,
      strictVariables: true,
      lenientIf: true,
      ownPropertyOnly: true,
      ...(part === 'html' ? { outputEscape: escapeHtml } : {}),
    });
    const renderer = { liquid, parsed: new WeakMap<Template, Parsed[]>() };
    byPart.set(part, renderer);
    return renderer;
  }
}

/** liquidjs looks names up as properties. A name may come from a user, so `constructor` and `__proto__` must not be found. */
function withoutPrototype(partials: Partials): Record<string, string> {
  const sources: Record<string, string> = Object.create(null);
  for (const [name, { source }] of partials) sources[name] = source;
  return sources;
}

/** The content of a layout. It is already escaped. */
class Rendered {
  constructor(private readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

function parse({ liquid, parsed }: Renderer, template: Template): Parsed[] {
  const result = parsed.get(template) ?? liquid.parse(template.source, template.name);
  parsed.set(template, result);
  return result;
}

/** Returns true for a template without Liquid tags. A plain subject then does not need liquidjs. */
function isPlain({ source }: Template): boolean {
  return !/\{[{%]/.test(source);
}

function escapeHtml(value: unknown): string {
  if (value instanceof Rendered) return value.toString();
  if (value === undefined || value === null) return '';
  // Liquid writes the entries of an array without separators.
  if (Array.isArray(value)) return value.map(escapeHtml).join('');
  return String(value as string).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
