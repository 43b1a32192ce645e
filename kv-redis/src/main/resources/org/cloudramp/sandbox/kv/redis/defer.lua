
-- Keeps a timer for later, if it is still set as it was.
--
-- KEYS  1..3 services, line, timers
-- ARGV  1    the service
--       2    the name of the timer in the line
--       3    its id
--       4    how often it has been tried
--       5    when it is to be tried next, in ms
--
-- Answers 1, or 0 if it is not set any more.

local known = redis.call('HGET', KEYS[3], ARGV[2])
if timer_id(known) ~= ARGV[3] then
  return '0'
end
local due = string.match(known, '^%S+')
redis.call('HSET', KEYS[3], ARGV[2], due .. ' ' .. ARGV[4] .. ' ' .. ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2])
look_by(KEYS[1], ARGV[1], ARGV[5])
return '1'
