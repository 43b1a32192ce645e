#!lua flags=no-writes
-- Tells how the values of some keys of one room begin.
--
-- KEYS       the keys
-- ARGV  1    how many bytes of each value at most
--
-- Answers  for each key '(bytes of its value) (its time to live in ms, or -1)' and the beginning; '-' and
-- nothing for one that is absent.

local most = tonumber(ARGV[1])
local answer = {}
for _, key in ipairs(KEYS) do
  local left = redis.call('PTTL', key)
  if left == -2 then
    answer[#answer + 1] = '-'
    answer[#answer + 1] = ''
  else
    answer[#answer + 1] = string.format('%.0f %.0f', redis.call('STRLEN', key), left)
    answer[#answer + 1] = most == 0 and '' or redis.call('GETRANGE', key, 0, most - 1)
  end
end
return answer
