#!lua
-- Which servers live, and which are gone. Times are those of this script, in ms.
--
-- KEYS  1    each server that has a lease, with when that ends
--       2    each server that is gone and claimed, with when the claim ends
-- ARGV  1    what to do, and what it is given:
--            take (name, with the full stop that follows it) (server) (time)
--            renew (server) (time) (how many ended ones to name)
--            claim (server) (time)
--            forget (server)
--            release (server)
--
-- Answers  yes or no, and for renew the servers whose lease or claim has ended.

local leases, claims = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function after(duration)
  return string.format('%.0f', now + duration)
end

local act = {}

function act.take(name, server, duration)
  for _, other in ipairs(redis.call('ZRANGEBYSCORE', leases, string.format('(%.0f', now), '+inf')) do
    if string.sub(other, 1, #name) == name then
      return {'no'}
    end
  end
  redis.call('ZADD', leases, after(duration), server)
  return {'yes'}
end

function act.renew(server, duration, most)
  local answer = {'no'}
  if redis.call('ZSCORE', leases, server) then
    redis.call('ZADD', leases, after(duration), server)
    answer[1] = 'yes'
  end
  for _, key in ipairs(KEYS) do
    local ended = redis.call(
      'ZRANGEBYSCORE', key, '-inf', string.format('%.0f', now), 'LIMIT', 0, most)
    for _, other in ipairs(ended) do
      answer[#answer + 1] = other
    end
  end
  return answer
end

function act.claim(server, duration)
  local ends = redis.call('ZSCORE', leases, server) or redis.call('ZSCORE', claims, server)
  if not ends or tonumber(ends) > now then
    return {'no'}
  end
  redis.call('ZREM', leases, server)
  redis.call('ZADD', claims, after(duration), server)
  return {'yes'}
end

function act.forget(server)
  redis.call('ZREM', claims, server)
  return {'yes'}
end

function act.release(server)
  redis.call('ZADD', leases, 'XX', after(0), server)
  return {'yes'}
end

return act[ARGV[1]](unpack(ARGV, 2))
