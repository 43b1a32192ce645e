
-- What the scripts of a room share: its log. This comes after bytes.lua.
--
-- head     what is known of the log: its epoch, the offset of its last entry (end) and the stamp there,
--          the stamp of the last entry that was dropped, and what the entries in the stream count
--          (bytes); it lives as long as anybody uses or follows the log
-- stream   the entries, each under its offset and stamp, with its time (t) and its content (c)
-- window   how far back the log reaches: entries, bytes, age in ms
--
-- A stamp tells what a log was up to an entry: two logs that have the same stamp behind the entry of
-- an offset have the same entries up to it. So whoever has heard what a log has lost since is found
-- out, however far it has gone on.

local ENTRY = 64 -- what an entry counts besides its content
local LAST_OFFSET = 2 ^ 33 - 1
local SHORT = 2 ^ 20 -- a stamp below it is the last bits of one

-- The stamp behind the entries that a transaction appends: neither it nor its end is zero.
local function stamp_after(stamp, transaction)
  local digest = redis.sha1hex(stamp .. ' ' .. transaction)
  local number = math.max(SHORT, tonumber(string.sub(digest, 1, 13), 16))
  return string.format('%.0f', number % SHORT == 0 and number + 1 or number)
end

local function stamp_of(entry)
  return string.match(entry[1], '%d+$')
end

-- Whether a stamp, or the end of one, is another than the log has there; a zero may be any.
local function contradicts(there, asked)
  there, asked = tonumber(there), tonumber(asked)
  if asked < SHORT and there >= SHORT then
    there = there % SHORT
  end
  return there ~= 0 and asked ~= 0 and there ~= asked
end

-- Begins a log if there is none, and keeps it for another age; gives its epoch, its end and the
-- stamp there.
local function open_log(head, stream, epoch, age)
  local known = redis.call('HMGET', head, 'epoch', 'end', 'stamp')
  if not known[1] then
    redis.call('DEL', stream)
    redis.call('HSET', head, 'epoch', epoch, 'end', 0, 'bytes', 0)
    known = {epoch, '0'}
  end
  redis.call('PEXPIRE', head, age)
  return known[1], tonumber(known[2]), known[3] or '0'
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
-- Gives how many are left, what they count, and the stamp of the last that was dropped, if any was.
local function shorten(stream, window, now, last, length, bytes, most, step)
  local oldest, at = {}, 1
  local left, dropped = length, nil
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
    dropped = stamp_of(oldest[at])
    left = left - 1
    at = at + 1
  end
  if left == 0 then
    redis.call('DEL', stream)
    bytes = 0
  elseif left < length then
    redis.call('XTRIM', stream, 'MINID', string.format('%.0f-0', last - left + 1))
  end
  return left, bytes, dropped
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
