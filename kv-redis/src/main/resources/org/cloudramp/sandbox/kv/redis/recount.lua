
-- Counts the bytes of a room anew, now that keys have expired.
--
-- KEYS  1    the index of the room
--       2    the sizes of its keys

local time = redis.call('TIME')
drop_expired(KEYS[1], KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000))
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
end
return account(KEYS[1], KEYS[2], time)
