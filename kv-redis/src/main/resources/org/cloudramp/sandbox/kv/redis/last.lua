#!lua flags=no-writes
-- Tells the last entries of the log of a room, as log.lua keeps it.
--
-- KEYS  1    the head of the log
--       2    its stream
-- ARGV  1    how many entries at most
--       2    how many bytes they may have together
--       3    the age of the window, in ms
--
-- Answers  '(epoch) (offset of the end)', or '' if there is no log; then for each entry, the newest
-- first, '(offset) (when it was appended, in ms)' and its content.

local STEP = 16
local head, stream = KEYS[1], KEYS[2]
local most, bytes_left = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[3])

local known = redis.call('HMGET', head, 'epoch', 'end')
if not known[1] then
  return {''}
end
local answer = {known[1] .. ' ' .. known[2]}
local before = '+'
while most > 0 do
  local found = redis.call('XREVRANGE', stream, before, '-', 'COUNT', math.min(most, STEP))
  if #found == 0 then
    break
  end
  for _, entry in ipairs(found) do
    local fields = entry[2]
    bytes_left = bytes_left - #fields[4]
    if bytes_left < 0 or tonumber(fields[2]) <= oldest then
      return answer
    end
    answer[#answer + 1] = string.match(entry[1], '^%d+') .. ' ' .. fields[2]
    answer[#answer + 1] = fields[4]
    before = '(' .. entry[1]
  end
  most = most - #found
end
return answer
