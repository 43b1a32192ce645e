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
