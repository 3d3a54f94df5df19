/*
 * Redis takes any bytes for a job's id, and our clients read and write text. Fledge's own ids are text. An id that is not
 * UTF-8 is shown as `bytes:` and its bytes in hexadecimal, and taken back in that form, so that every job in the store can
 * be listed, found and discarded.
 */

const written = /^bytes:((?:[0-9a-f]{2})+)$/;

/** What the store knows a job by, in a command's arguments. */
export function rawId(id: string): string | Buffer {
  const [, hex] = written.exec(id) ?? [];
  return hex === undefined ? id : Buffer.from(hex, 'hex');
}

/** @param base the queue's keys begin with this */
export function jobKey(base: string, id: string, part = ''): string | Buffer {
  const raw = rawId(id);
  return typeof raw === 'string'
    ? `${base}${raw}${part}`
    : Buffer.concat([Buffer.from(base), raw, Buffer.from(part)]);
}

/** Whether an answer lost bytes of this id because they are not UTF-8. */
export function isGarbled(id: string): boolean {
  return id.includes('\uFFFD');
}

/** For scripts: `shown(id)` is how an id is handed out. An id that looks like such a form itself gets it, too. */
export const shownId = `
local function isText(s)
  local i, n = 1, #s
  while i <= n do
    local a, b = s:byte(i), s:byte(i + 1)
    local more = a < 0x80 and 0 or a >= 0xC2 and a < 0xE0 and 1 or a >= 0xE0 and a < 0xF0 and 2 or a >= 0xF0 and a < 0xF5 and 3
    if not more or i + more > n then return false end
    if a == 0xE0 and b < 0xA0 or a == 0xED and b > 0x9F or a == 0xF0 and b < 0x90 or a == 0xF4 and b > 0x8F then return false end
    for k = i + 1, i + more do
      if s:byte(k) < 0x80 or s:byte(k) > 0xBF then return false end
    end
    i = i + more + 1
  end
  return true
end
local function shown(id)
  if not string.find(id, '[\\128-\\255]') then
    if string.sub(id, 1, 6) ~= 'bytes:' then return id end
  elseif isText(id) then
    return id
  end
  return 'bytes:' .. string.gsub(id, '.', function (c) return string.format('%02x', c:byte()) end)
end`;
