import { FledgeError } from '../values/errors.js';
import { unknownName } from '../values/did-you-mean.js';
import { isHost } from '../values/server-url.js';
import type { RedisNode } from './redis-options.js';
import { isMapping, type Mapping } from './settings-file.js';

/** Where a section stands, and what its variables refer to. */
export interface SectionSource {
  /** The file and the environment, as in `config/jobs.yml (production)`. */
  readonly from: string;
  /** Undefined for a section that may not apply here. Its variables can be unset, and its files missing. */
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** Thrown for a variable of a section that may not apply here. The value is then not checked. */
class NotKnownHere extends Error {}

/** The values of a mapping in the settings file. A text may refer to variables: `${NAME}` or `${NAME:-default}`. */
export class SectionValues {
  private readonly mapping: Mapping;

  /**
   * @param path the name of the mapping, such as `redis.tls`
   * @param keys the keys that it may have
   * @throws FledgeError `FLEDGE_SETTING_INVALID`, `FLEDGE_SETTING_UNKNOWN`
   */
  constructor(
    value: unknown,
    private readonly path: string,
    keys: readonly string[],
    readonly source: SectionSource,
  ) {
    if (!isMapping(value))
      throw invalidSetting(source, path, 'is not a mapping', `Use the keys ${keys.join(', ')}`);
    const unknown = Object.keys(value).find((key) => !keys.includes(key));
    if (unknown !== undefined)
      throw new FledgeError(
        'FLEDGE_SETTING_UNKNOWN',
        unknownName('setting', unknown, keys, `${path} in ${source.from}`),
      );
    this.mapping = value;
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  /** Returns the value as it is in the file. */
  raw(key: string): unknown {
    return this.mapping[key] ?? undefined;
  }

  /** Returns undefined for an empty text too. */
  text(key: string): string | undefined {
    return this.known(() => {
      const value = this.raw(key);
      if (value === undefined) return undefined;
      // YAML parses 0123 as a number without its zero.
      if (typeof value !== 'string') throw this.invalid(key, 'is not a text', 'Put it in quotes');
      return this.expanded(key, value) || undefined;
    });
  }

  /** @param most the highest number that is allowed */
  count(key: string, most: number): number | undefined {
    return this.known(() => {
      const value = this.raw(key);
      const number = typeof value === 'string' ? numberOf(this.expanded(key, value)) : value;
      if (number === undefined) return undefined;
      if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number <= most)
        return number;
      throw this.invalid(key, 'is not a whole number', `Use a number from 0 to ${most}`);
    });
  }

  truth(key: string): boolean | undefined {
    return this.known(() => {
      const value = this.raw(key);
      const truth = typeof value === 'string' ? this.expanded(key, value) : value;
      if (truth === undefined || truth === '') return undefined;
      if (truth === true || truth === 'true') return true;
      if (truth === false || truth === 'false') return false;
      throw this.invalid(key, 'is neither true nor false', 'Use true or false');
    });
  }

  /** Reads servers, as a list or as a text with commas. Each is `host:port` or a mapping. */
  nodes(key: string, usualPort: number): readonly RedisNode[] {
    const nodes = this.known(() => {
      const value = this.raw(key);
      const list = typeof value === 'string' ? this.expanded(key, value).split(',') : value;
      if (!Array.isArray(list) || list.length === 0) throw this.noNode(key);
      return list.map((one: unknown) => this.node(key, one, usualPort));
    });
    return nodes ?? [];
  }

  private node(key: string, value: unknown, usualPort: number): RedisNode {
    if (isMapping(value)) {
      const node = new SectionValues(value, `${this.path}.${key}`, ['host', 'port'], this.source);
      return this.checked(key, node.text('host'), node.count('port', mostPort) ?? usualPort);
    }
    if (typeof value !== 'string') throw this.noNode(key);
    const text = this.expanded(key, value).trim();
    const [, host = text, port] = /^(.{1,300}):(\d{1,5})$/.exec(text) ?? [];
    return this.checked(key, host, port === undefined ? usualPort : Number(port));
  }

  private checked(key: string, host: string | undefined, port: number): RedisNode {
    const name = host?.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
    if (isHost(name) && port > 0 && port <= mostPort) return { host: name, port };
    throw this.noNode(key);
  }

  private noNode(key: string): FledgeError {
    return this.invalid(
      key,
      'does not list servers, each with its host and port',
      'Write them as [redis-1:6379, redis-2:6379]',
    );
  }

  /**
   * Returns the error for a value. It does not quote the value, which may be a password.
   * @param what continues the name of the key
   * @param advice a sentence without its full stop
   */
  invalid(key: string, what: string, advice: string): FledgeError {
    return invalidSetting(this.source, `${this.path}.${key}`, what, advice);
  }

  private known<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (thrown) {
      if (thrown instanceof NotKnownHere) return undefined;
      throw thrown;
    }
  }

  /** Replaces the variables of a text. `$${` stands for `${`. */
  private expanded(key: string, text: string): string {
    let done = '';
    for (let at = 0; ;) {
      const start = text.indexOf('${', at);
      if (start === -1) return done + text.slice(at);
      const isEscaped = start > at && text[start - 1] === '$';
      done += text.slice(at, isEscaped ? start - 1 : start);
      const end = text.indexOf('}', start);
      if (isEscaped) {
        done += '${';
        at = start + 2;
      } else if (end === -1) {
        throw this.invalid(
          key,
          'has a "${" without its "}"',
          'Write ${NAME}, or $${ for the characters "${"',
        );
      } else {
        done += this.variable(key, text.slice(start + 2, end));
        at = end + 1;
      }
    }
  }

  /** As in Compose, an empty variable counts as not set. */
  private variable(key: string, reference: string): string {
    const [name = '', ...rest] = reference.split(':-');
    if (!/^[A-Za-z_]\w{0,200}$/.test(name))
      throw this.invalid(
        key,
        'has a "${" without the name of a variable',
        'Write ${NAME} or ${NAME:-default}',
      );
    const { env } = this.source;
    if (!env) throw new NotKnownHere();
    const value = env[name] || (rest.length > 0 ? rest.join(':-') : undefined);
    if (value !== undefined) return value;
    throw this.invalid(
      key,
      `refers to the variable ${name}, which is not set`,
      `Set it, or write a default as \${${name}:-value}`,
    );
  }
}

const mostPort = 65_535;

/** Returns undefined for an empty text, and NaN for a text that is not a number. */
function numberOf(text: string): number | undefined {
  if (text === '') return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

function invalidSetting({ from }: SectionSource, path: string, what: string, advice: string): FledgeError {
  return new FledgeError('FLEDGE_SETTING_INVALID', `${from}: ${path} ${what}. ${advice}.`);
}
