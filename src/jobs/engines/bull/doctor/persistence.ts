import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { ServerInfo } from './server-info.js';
import { notShown } from './unknown.js';

/** @param now the server's time in milliseconds since 1970, or this machine's if the server's is unknown */
export function checkPersistence(info: ServerInfo, now: number): Check[] {
  return [checkLoading(info), checkAof(info, now), checkLastSave(info)].flat();
}

function checkLoading(info: ServerInfo): Check[] {
  if (info.text('loading') !== '1') return [];
  const left = info.number('loading_eta_seconds');
  const percent = info.text('loading_loaded_perc');
  const progress = [
    ...(percent === undefined ? [] : [`${percent} % done`]),
    ...(left === undefined ? [] : [`${humanDuration(left * 1_000)} left`]),
  ];
  return [
    {
      name: 'loading',
      status: 'error',
      found: ['the server is loading its data and answers no other command', ...progress].join(', '),
      code: 'FLEDGE_STORE_LOADING',
      fix: 'Wait until it has finished, then run fledge doctor again. Workers continue on their own.',
    },
  ];
}

function checkAof(info: ServerInfo, now: number): Check {
  const name = 'persistence';
  const enabled = info.text('aof_enabled');
  if (enabled === undefined) return notShown(name, 'aof_enabled');
  if (enabled === '1') return { name, status: 'ok', found: 'the append-only file is on' };
  return {
    name,
    status: 'warning',
    found: `no append-only file: a crash loses all changes since the last snapshot${unsaved(info, now)}`,
    code: 'FLEDGE_STORE_PERSISTENCE',
    fix: 'Set appendonly yes and appendfsync everysec in redis.conf. If a managed server has no append-only file, use a replica with automatic failover (ElastiCache Multi-AZ), or MemoryDB.',
  };
}

/** The changes that a crash would lose now. */
function unsaved(info: ServerInfo, now: number): string {
  const changes = info.number('rdb_changes_since_last_save');
  const savedAt = info.number('rdb_last_save_time');
  if (changes === undefined || savedAt === undefined) return '';
  const age = humanDuration(Math.max(0, now - savedAt * 1_000));
  return ` (now: ${changes} ${changes === 1 ? 'change' : 'changes'} in the last ${age})`;
}

const saves: readonly (readonly [field: string, what: string])[] = [
  ['rdb_last_bgsave_status', 'the last snapshot failed, so Redis refuses writes (MISCONF)'],
  ['aof_last_write_status', 'the last write to the append-only file failed, so Redis refuses writes'],
  ['aof_last_bgrewrite_status', 'the last rewrite of the append-only file failed, so the file keeps growing'],
];

function checkLastSave(info: ServerInfo): Check {
  const name = 'last save';
  if (saves.every(([field]) => info.text(field) === undefined))
    return notShown(name, 'rdb_last_bgsave_status');
  const failed = saves.filter(([field]) => info.text(field) === 'err').map(([, what]) => what);
  if (failed.length === 0) return { name, status: 'ok', found: 'no failure' };
  return {
    name,
    status: 'error',
    found: failed.join('; '),
    code: 'FLEDGE_STORE_SNAPSHOT',
    fix: 'Check the server\'s disk and log. Is the disk full? Is "dir" writable? Is "dbfilename" a plain file name? Is there memory to fork (vm.overcommit_memory=1)? Then run BGSAVE or BGREWRITEAOF.',
  };
}
