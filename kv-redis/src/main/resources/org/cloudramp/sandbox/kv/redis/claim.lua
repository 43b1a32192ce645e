
-- Claims timers of one service in one partition that are due.
--
-- KEYS  1..3 services, line, timers
-- ARGV  1    the service
--       2    what time it is, in ms
--       3    until when they are claimed
--       4    how many at most
--
-- Answers when the line is to be looked at next, or 'never'; and then of each its name in the line, and
-- what is known of it.

local services, line, timers = KEYS[1], KEYS[2], KEYS[3]
local answer = {''}
for _, name in ipairs(redis.call('ZRANGEBYSCORE', line, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
  local known = redis.call('HGET', timers, name)
  if known then
    redis.call('ZADD', line, ARGV[3], name)
    answer[#answer + 1] = name
    answer[#answer + 1] = known
  else -- somebody else has deleted it
    redis.call('ZREM', line, name)
  end
end

local first = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')[2]
if first then
  -- A service of which more is due goes behind the others.
  local look = math.max(tonumber(first), tonumber(ARGV[2]))
  answer[1] = string.format('%.0f', look)
  redis.call('ZADD', services, answer[1], ARGV[1])
else
  answer[1] = 'never'
  redis.call('ZREM', services, ARGV[1])
end
return answer
