-- Reads what comes after a position in the log of a room.
--
-- KEYS  1    the head of the log
--       2    its stream
-- ARGV  1    the epoch of a log that is begun, because there is none
--       2..4 the window: entries, bytes, age in ms
--       5    the epoch of the position
--       6    its offset
--       7    how many entries at most
--
-- Answers  PAGE (end), and the entries; or GAP (epoch) (offset after which everything is there).

local head, stream = KEYS[1], KEYS[2]
local window = {entries = tonumber(ARGV[2]), bytes = tonumber(ARGV[3]), age = tonumber(ARGV[4])}
local asked = tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local epoch, last = open_log(head, stream, ARGV[1], ARGV[4])
drop_expired_log(head, stream)
local length = redis.call('XLEN', stream)
local bytes = tonumber(redis.call('HGET', head, 'bytes'))
local left, held = shorten(stream, window, now, last, length, bytes, bytes, 16)
if held ~= bytes then
  redis.call('HSET', head, 'bytes', held)
end

if epoch ~= ARGV[5] or asked < last - left then
  return {string.format('GAP %s %.0f', epoch, last - left)}
end
if asked > last then
  return {string.format('GAP %s %.0f', epoch, last)}
end
local answer = {string.format('PAGE %.0f', last)}
if asked < last then
  local found = redis.call(
    'XRANGE', stream, string.format('%.0f-0', asked + 1), '+', 'COUNT', ARGV[7])
  for _, entry in ipairs(found) do
    answer[#answer + 1] = entry[2][4]
  end
end
return answer
