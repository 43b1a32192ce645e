#!lua
-- What the scripts of a room share: the bytes that its keys count. This comes before each of them.
--
-- The first line makes the server check, before anything runs, that it may write and has memory
-- left.
--
-- index    each key of the room, with the time it expires at
-- sizes    each key of the room, with the bytes that it counts; and their sum, under a blank, which
--          is in no escaped name

-- Drops what has expired from both; gives the bytes that this has freed.
local function drop_expired(index, sizes, now)
  local gone = redis.call('ZRANGEBYSCORE', index, '-inf', string.format('(%.0f', now))
  local freed = 0
  for first = 1, #gone, 1000 do
    local names = {unpack(gone, first, math.min(first + 999, #gone))}
    for _, size in ipairs(redis.call('HMGET', sizes, unpack(names))) do
      freed = freed + tonumber(size or 0)
    end
    redis.call('HDEL', sizes, unpack(names))
    redis.call('ZREM', index, unpack(names))
  end
  if freed > 0 then
    redis.call('HINCRBY', sizes, ' ', string.format('%.0f', -freed))
  end
  return freed
end

-- What the service is told of the room: when it was so, in microseconds; how many bytes the room
-- counts; and when the next of its keys expires, in ms, or 'never'.
local function account(index, sizes, time)
  local due = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')[2]
  if not due or due == 'inf' then
    due = 'never'
  else
    due = string.format('%.0f', due)
  end
  local bytes = redis.call('HGET', sizes, ' ') or '0'
  return string.format('%.0f %s %s', time[1] * 1000000 + time[2], bytes, due)
end
