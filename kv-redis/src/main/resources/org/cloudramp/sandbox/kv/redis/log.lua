
-- What the scripts of a room share: its log. This comes after bytes.lua.
--
-- head     what is known of the log: its epoch, the offset of its last entry (end), and what the
--          entries in the stream count (bytes); it lives as long as anybody uses or follows the log
-- stream   the entries, each under its offset, with its time (t) and its content (c)
-- window   how far back the log reaches: entries, bytes, age in ms

local ENTRY = 64 -- what an entry counts besides its content

-- Begins a log if there is none, and keeps it for another age; gives its epoch and its end.
local function open_log(head, stream, epoch, age)
  local known = redis.call('HMGET', head, 'epoch', 'end')
  if not known[1] then
    redis.call('DEL', stream)
    redis.call('HSET', head, 'epoch', epoch, 'end', 0, 'bytes', 0)
    known = {epoch, '0'}
  end
  redis.call('PEXPIRE', head, age)
  return known[1], tonumber(known[2])
end

-- What the entries count; nothing when the stream has expired.
local function log_bytes(head, stream)
  if redis.call('EXISTS', stream) == 0 then
    return 0
  end
  return tonumber(redis.call('HGET', head, 'bytes') or 0)
end

-- Forgets what the entries of a stream that has expired counted; gives the bytes that this has freed.
local function drop_expired_log(head, stream)
  if redis.call('XLEN', stream) > 0 then
    return 0
  end
  local freed = tonumber(redis.call('HGET', head, 'bytes') or 0)
  if freed > 0 then
    redis.call('HSET', head, 'bytes', 0)
  end
  return freed
end

-- Drops the oldest entries while there are more than the window allows, or more than 'most' bytes.
-- Gives how many are left, and what they count.
local function shorten(stream, window, now, last, length, bytes, most, step)
  local oldest, at = {}, 1
  local left = length
  while left > 0 do
    if at > #oldest then
      oldest = redis.call(
        'XRANGE', stream, string.format('%.0f-0', last - left + 1), '+', 'COUNT', step)
      at = 1
      if not oldest[1] then -- somebody else has deleted entries
        left = 0
        break
      end
    end
    local fields = oldest[at][2]
    if left <= window.entries and bytes <= window.bytes and bytes <= most
        and tonumber(fields[2]) > now - window.age then
      break
    end
    bytes = bytes - ENTRY - #fields[4]
    left = left - 1
    at = at + 1
  end
  if left == 0 then
    redis.call('DEL', stream)
    bytes = 0
  elseif left < length then
    redis.call('XTRIM', stream, 'MINID', string.format('%.0f-0', last - left + 1))
  end
  return left, bytes
end

-- What the states of members count: what commit.lua has added up.
local function states_of(roster)
  return tonumber(redis.call('HGET', roster, '  ') or 0)
end

-- What the service is told of the room: when it was so, in microseconds; how many bytes its keys, its
-- log, its timers and the states of its members ('more') count; and when that changes by itself, because a key or the log expires, in ms, or 'never'.
local function account(index, sizes, head, stream, time, more)
  local due = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')[2]
  local soonest = due and tonumber(due) or math.huge
  local logged = log_bytes(head, stream)
  if logged > 0 then
    soonest = math.min(soonest, redis.call('PEXPIRETIME', stream))
  end
  local bytes = tonumber(redis.call('HGET', sizes, ' ') or 0) + logged + more
  return string.format(
    '%.0f %.0f %s', time[1] * 1000000 + time[2], bytes,
    soonest == math.huge and 'never' or string.format('%.0f', soonest))
end
