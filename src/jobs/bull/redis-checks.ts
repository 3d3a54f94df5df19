import { asError } from '../errors.js';
import type { Finding } from '../store.js';
import type { RedisClient } from './connection.js';

const oldest = [6, 2] as const;

/** Looks at the server for what loses jobs later. `INFO` alone: ElastiCache and others forbid `CONFIG`. */
export async function inspectRedis(client: RedisClient): Promise<Finding[]> {
  let info: string;
  try {
    info = await client.info();
  } catch (thrown) {
    return [unreadable(asError(thrown).message)];
  }
  const fields = new Map(info.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
  return [...versionFindings(fields.get('redis_version')), ...evictionFindings(fields)];
}

function versionFindings(version: string | undefined): Finding[] {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version === undefined || major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return [];
  return [
    {
      severity: 'error',
      code: 'FLEDGE_REDIS_VERSION',
      message: `The store runs Redis ${version}; Fledge needs ${oldest.join('.')} or later, or Valkey. Upgrade it.`,
    },
  ];
}

function evictionFindings(fields: ReadonlyMap<string, string>): Finding[] {
  const policy = fields.get('maxmemory_policy');
  if (policy === undefined) return [unreadable('INFO does not show maxmemory_policy')];
  // Without a limit nothing is ever evicted.
  if (policy === 'noeviction' || fields.get('maxmemory') === '0') return [];
  return [
    {
      severity: 'error',
      code: 'FLEDGE_EVICTION_POLICY',
      message: `The store's maxmemory-policy is ${policy}: when its memory is full it deletes jobs without a word. Set maxmemory-policy to noeviction. On AWS ElastiCache: create a parameter group (CloudFormation: AWS::ElastiCache::ParameterGroup with Properties: { Properties: { maxmemory-policy: noeviction } }), assign it to the replication group and apply it; ElastiCache Serverless cannot do this. Elsewhere: maxmemory-policy noeviction in redis.conf.`,
    },
  ];
}

function unreadable(why: string): Finding {
  return {
    severity: 'warning',
    code: 'FLEDGE_EVICTION_UNKNOWN',
    message: `Fledge could not see whether the store evicts jobs under memory pressure (${why}). Make sure that its maxmemory-policy is noeviction, or let the user run INFO.`,
  };
}
