import type { RedisClient } from '../../connection/connection.js';
import { callOrNil } from '../lua-fragments.js';
import { LuaScript } from '../lua-script.js';

/** A job scheduler as the script returns it. Fields that it does not have are empty. */
export type OrphanRow = [id: string, job: string, data: string, opts: string];

/*
 * A record names the only queue in which its schedule may tick. A damaged record may name any queue, so its job schedulers
 * stay. Only the few job schedulers that no record names are sent back.
 */
const script = new LuaScript<[cursor: string, rows: OrphanRow[]]>(`${callOrNil}
local schedules, key, queue = KEYS[1], ARGV[1] .. ':' .. ARGV[2] .. ':repeat', ARGV[2]
local step = callOrNil('ZSCAN', key, ARGV[3], 'MATCH', 'fledge-*', 'COUNT', ARGV[4])
if not step then return {'0', {}} end
local found, rows = step[2], {}
for i = 1, #found, 2 do
  local id = found[i]
  local name = string.gsub(string.sub(id, 8), '%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end)
  local text = callOrNil('HGET', schedules .. ':runtime', name) or callOrNil('HGET', schedules, name)
  local isJson, record = pcall(cjson.decode, text or '')
  local isElsewhere = isJson and type(record) == 'table' and type(record.queue) == 'string' and record.queue ~= queue
  if not text or isElsewhere then
    local fields = callOrNil('HMGET', key .. ':' .. id, 'name', 'data', 'opts') or {}
    rows[#rows + 1] = {id, fields[1] or '', fields[2] or '', fields[3] or ''}
  end
end
return {step[1], rows}`);

interface Step {
  readonly queue: string;
  /** As ZSCAN takes it. */
  readonly cursor: string;
  readonly count: number;
}

/** Reads, of one step through the job schedulers of a queue, those that no record names. The last cursor is `0`. */
export function readOrphans(
  client: RedisClient,
  { key, prefix }: { readonly key: string; readonly prefix: string },
  { queue, cursor, count }: Step,
): Promise<[cursor: string, rows: OrphanRow[]]> {
  return script.run(client, key, prefix, queue, cursor, count);
}
