import type { Liquid, Template as Parsed } from 'liquidjs';
import { loadPeer } from '../../../jobs/internals.js';
import {
  TemplateEngine,
  type Partials,
  type Template,
  type TemplateContext,
  type TemplatePart,
} from '../../mail/template-engine.js';

/** A Liquid for one part and one set of partials, with what it has parsed. */
interface Renderer {
  readonly liquid: Liquid;
  readonly parsed: WeakMap<Template, Parsed[]>;
}

/**
 * Liquid templates (liquidjs): no code in them, no file but what Fledge read. In html every value is escaped unless the
 * template says `| raw`; a variable, a filter or a partial that does not exist is an error.
 */
export class LiquidEngine extends TemplateEngine {
  readonly extension = 'liquid';
  private readonly renderers = new WeakMap<Partials, Map<TemplatePart, Renderer>>();

  /** @throws FledgeError `FLEDGE_PEER_MISSING`; liquidjs' own errors, with line and column */
  override async check(template: Template, context: TemplateContext): Promise<void> {
    if (isPlain(template)) return;
    const renderer = await this.rendererFor(context);
    // Looks at partials too, and at theirs, where their names are not variables.
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
    return (await renderer.liquid.render(parse(renderer, template), scope)) as string;
  }

  private async rendererFor({ part, partials }: TemplateContext): Promise<Renderer> {
    const byPart = this.renderers.get(partials) ?? new Map<TemplatePart, Renderer>();
    this.renderers.set(partials, byPart);
    const known = byPart.get(part);
    if (known) return known;
    const { Liquid } = await loadPeer('liquidjs', 'A mail template', () => import('liquidjs'));
    const liquid = new Liquid({
      // In memory: no name, whatever it is, leads to a file.
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

/** liquidjs looks names up as properties, and a name may come from a user: `constructor` and `__proto__` must not be found. */
function withoutPrototype(partials: Partials): Record<string, string> {
  const sources = Object.create(null) as Record<string, string>;
  for (const [name, { source }] of partials) sources[name] = source;
  return sources;
}

/** A layout's content, which was escaped where it was made. */
class Rendered {
  constructor(private readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

function parse({ liquid, parsed }: Renderer, template: Template): Parsed[] {
  const known = parsed.get(template) ?? liquid.parse(template.source, template.name);
  parsed.set(template, known);
  return known;
}

/** Has nothing in it that Liquid would do: liquidjs is not needed for a subject of mere words. */
function isPlain({ source }: Template): boolean {
  return !/\{[{%]/.test(source);
}

function escapeHtml(value: unknown): string {
  if (value instanceof Rendered) return value.toString();
  if (value === undefined || value === null) return '';
  // As Liquid writes lists.
  if (Array.isArray(value)) return value.map(escapeHtml).join('');
  return String(value as string).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
