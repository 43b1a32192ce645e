-- Gives where the log of a room ends, and who is in the room; begins both if there are none.
--
-- KEYS  1    the head of the log
--       2    its stream
--       3    the roster
-- ARGV  1    the epoch of a log that is begun
--       2    the age of the window, in ms
--       3    the version of a roster that is begun
--       4    for how long a roster without members is kept, in ms
--
-- Answers  the epoch, the offset and the stamp there, and then the roster as it is: see commit.lua.

local epoch, last, stamp = open_log(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
local answer = redis.call('HGETALL', KEYS[3])
if #answer == 0 then
  redis.call('HSET', KEYS[3], ' ', ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
  answer = {' ', ARGV[3]}
end
table.insert(answer, 1, string.format('%s %.0f %s', epoch, last, stamp))
return answer
