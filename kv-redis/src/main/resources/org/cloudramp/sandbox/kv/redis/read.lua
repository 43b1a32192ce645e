-- Reads what comes after a position in the log of a room.
--
-- KEYS  1    the head of the log
--       2    its stream
-- ARGV  1    the epoch of a log that is begun, because there is none
--       2..4 the window: entries, bytes, age in ms
--       5    the epoch of the position
--       6    its offset
--       7    the stamp there, or the end of one, or 0 if nobody knows
--       8    how many entries at most
--
-- Answers  PAGE (end) (stamp of the end) (stamp of the position) (stamp of each entry), and the
-- entries; or GAP (epoch) (offset after which everything is there) (stamp there).

local head, stream = KEYS[1], KEYS[2]
local window = {entries = tonumber(ARGV[2]), bytes = tonumber(ARGV[3]), age = tonumber(ARGV[4])}
local asked = tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local epoch, last, stamp = open_log(head, stream, ARGV[1], ARGV[4])
drop_expired_log(head, stream)
local length = redis.call('XLEN', stream)
local bytes = tonumber(redis.call('HGET', head, 'bytes'))
local left, held, dropped = shorten(stream, window, now, last, length, bytes, bytes, 16)
if dropped then
  redis.call('HSET', head, 'bytes', held, 'dropped', dropped)
end

local start = last - left
local function gap(offset)
  local there = stamp
  if offset < last then
    there = redis.call('HGET', head, 'dropped') or '0'
  end
  return {string.format('GAP %s %.0f %s', epoch, offset, there)}
end

if epoch ~= ARGV[5] or asked < start then
  return gap(start)
end
if asked > last then
  return gap(last)
end
local found, there = {}, stamp
if asked < last then
  local isKept = asked > start
  local first, most = isKept and asked or asked + 1, tonumber(ARGV[8]) + (isKept and 1 or 0)
  found = redis.call('XRANGE', stream, string.format('%.0f-0', first), '+', 'COUNT', most)
  there = isKept and stamp_of(table.remove(found, 1)) or redis.call('HGET', head, 'dropped') or '0'
end
if contradicts(there, ARGV[7]) then
  return gap(start) -- the log has gone back, and on with others
end
local stamps, answer = {string.format('PAGE %.0f %s %s', last, stamp, there)}, {''}
for _, entry in ipairs(found) do
  stamps[#stamps + 1] = stamp_of(entry)
  answer[#answer + 1] = entry[2][4]
end
answer[1] = table.concat(stamps, ' ')
return answer
