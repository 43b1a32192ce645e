
-- Counts the bytes of a room anew, now that keys or its log have expired.
--
-- KEYS  1    the index of the room
--       2    the sizes of its keys
--       3    the head of its log
--       4    the stream of its log
--       5    the timers of its service in the partition
--       6    its roster
-- ARGV  1    the room

local time = redis.call('TIME')
drop_expired(KEYS[1], KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000))
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
end
drop_expired_log(KEYS[3], KEYS[4])
return account(
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], time, timers_of(KEYS[5], ARGV[1]) * TIMER + states_of(KEYS[6]))
