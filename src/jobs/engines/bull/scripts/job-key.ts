/*
 * Redis accepts any bytes as a job's id. Fledge's clients read and write text, and Fledge's own ids are text. Fledge shows
 * an id that is not UTF-8 as `bytes:` and its bytes in hexadecimal, and accepts that form. So every job in the store can be
 * listed, found and discarded.
 */

const shownAsBytes = /^bytes:((?:[0-9a-f]{2})+)$/;

/** Returns the id as the store knows it, for a command's arguments. */
export function rawId(id: string): string | Buffer {
  const [, hex] = shownAsBytes.exec(id) ?? [];
  return hex === undefined ? id : Buffer.from(hex, 'hex');
}

/** @param base the start of the queue's keys */
export function jobKey(base: string, id: string, part = ''): string | Buffer {
  const raw = rawId(id);
  return typeof raw === 'string'
    ? `${base}${raw}${part}`
    : Buffer.concat([Buffer.from(base), raw, Buffer.from(part)]);
}

/** Returns whether an answer lost bytes of this id because they are not UTF-8. */
export function isGarbled(id: string): boolean {
  return id.includes('\uFFFD');
}

/**
 * Lua: `shown(id)` returns the form in which an id leaves the store. A text that begins with `bytes:` is shown as bytes too,
 * so that both forms can be told apart.
 */
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
