#!lua
-- Adds up what the rooms of a service hold, as the scripts of the rooms have told.
--
-- KEYS  1    each room, with when it was so and how many bytes; and the sum of the bytes, under a
--            blank
--       2    rooms whose bytes change by themselves, with when they do
-- ARGV  1    how many rooms to name of which that has happened
--       2..  for each room that there is news of: its name, when it was so, its bytes, and when they
--            change by themselves, or 'never'

local rooms, dues = KEYS[1], KEYS[2]
local FORGOTTEN = 60000 -- ms, longer than news are under way

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local change = 0
for i = 2, #ARGV, 4 do
  local room, since, bytes, due = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local before, held = 0, 0
  local known = redis.call('HGET', rooms, room)
  if known then
    before, held = string.match(known, '^(%d+) (%d+)$')
  end
  if tonumber(since) >= tonumber(before) then
    change = change + bytes - held
    if bytes == '0' and tonumber(held) == 0 then
      redis.call('HDEL', rooms, room)
      redis.call('ZREM', dues, room)
    else
      redis.call('HSET', rooms, room, since .. ' ' .. bytes)
      if bytes == '0' then -- kept for a while, so that older news of the room are known to be old
        redis.call('ZADD', dues, string.format('%.0f', now + FORGOTTEN), room)
      elseif due == 'never' then
        redis.call('ZREM', dues, room)
      else
        redis.call('ZADD', dues, due, room)
      end
    end
  end
end

local sum = redis.call('HINCRBY', rooms, ' ', string.format('%.0f', change))
if sum == 0 then
  redis.call('PEXPIRE', rooms, 2 * FORGOTTEN)
  redis.call('PEXPIRE', dues, 2 * FORGOTTEN)
else
  redis.call('PERSIST', rooms)
  redis.call('PERSIST', dues)
end

local due = redis.call(
  'ZRANGEBYSCORE', dues, '-inf', string.format('(%.0f', now), 'LIMIT', 0, ARGV[1])
return table.concat({string.format('%.0f', sum), unpack(due)}, ' ')
