#!lua flags=no-writes
-- Tells which keys a room holds. Like the scripts below it changes nothing, so it works on a server
-- that has no memory left as well.
--
-- KEYS  1    the index of the room: each of its keys, with the time it expires at
--       2    the sizes of its keys
-- ARGV  1    how many names at most
--
-- Answers  names as the index has them, those of keys that expire first first; then how many keys
-- there are, and how many bytes they count.

local time = redis.call('TIME')
local after = string.format('(%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local answer = redis.call('ZRANGEBYSCORE', KEYS[1], after, '+inf', 'LIMIT', 0, ARGV[1])
answer[#answer + 1] = tostring(redis.call('ZCOUNT', KEYS[1], after, '+inf'))
answer[#answer + 1] = redis.call('HGET', KEYS[2], ' ') or '0'
return answer
