import type { Check } from '../../../store/diagnosis.js';
import type { Finding } from '../../../values/finding.js';
import type { RedisClient } from '../connection/connection.js';
import { readInfo, type Reading, type ServerInfo } from './server-info.js';
import type { StoreErrors } from '../connection/store-errors.js';

const oldest = [6, 2] as const;

/** Checks the server for what loses jobs later. Uses only `INFO`, because ElastiCache and others forbid `CONFIG`. */
export async function inspectRedis(client: RedisClient, errors: StoreErrors): Promise<Finding[]> {
  const info = await readInfo(client, errors);
  const version = info instanceof Error ? [] : findingsOf(checkVersion(info));
  return [...version, ...findingsOf(checkEviction(info))];
}

function findingsOf({ name, status, found, code, fix }: Check): Finding[] {
  if (status === 'ok' || code === undefined || fix === undefined) return [];
  const message = `The store's ${name}: ${found}. ${fix}`;
  return [{ severity: status === 'error' ? 'error' : 'warning', code, message }];
}

export function checkVersion(info: ServerInfo): Check {
  const name = 'version';
  const version = info.text('redis_version');
  if (version === undefined) return { name, status: 'unknown', found: 'INFO does not show redis_version' };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const valkey = info.text('valkey_version');
  const found = valkey === undefined ? `Redis ${version}` : `Valkey ${valkey}`;
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return { name, status: 'ok', found };
  return {
    name,
    status: 'error',
    found: `${found}, older than ${oldest.join('.')}`,
    code: 'FLEDGE_REDIS_VERSION',
    fix: `Upgrade the server. Fledge needs Redis ${oldest.join('.')} or later, or Valkey.`,
  };
}

export function checkEviction(info: Reading<ServerInfo>): Check {
  const name = 'eviction policy';
  if (info instanceof Error) return notChecked(`INFO is refused: ${info.message}`);
  const policy = info.text('maxmemory_policy');
  if (policy === undefined) return notChecked('INFO does not show maxmemory_policy');
  if (policy === 'noeviction') return { name, status: 'ok', found: policy };
  // Without a limit Redis never evicts.
  if (info.text('maxmemory') === '0')
    return { name, status: 'ok', found: `${policy}, without effect because maxmemory is not set` };
  return {
    name,
    status: 'error',
    found: `maxmemory-policy is ${policy}, which silently deletes jobs when memory is full`,
    code: 'FLEDGE_EVICTION_POLICY',
    fix: 'Set maxmemory-policy noeviction in redis.conf. On AWS ElastiCache, create a parameter group (CloudFormation: AWS::ElastiCache::ParameterGroup with Properties: { Properties: { maxmemory-policy: noeviction } }), assign it to the replication group and apply it. ElastiCache Serverless does not support this.',
  };
}

function notChecked(why: string): Check {
  return {
    name: 'eviction policy',
    status: 'unknown',
    found: `could not be checked, so jobs may be evicted: ${why}`,
    code: 'FLEDGE_EVICTION_UNKNOWN',
    fix: 'Make sure that maxmemory-policy is noeviction. Or allow the user of the URL to run INFO (+info).',
  };
}
