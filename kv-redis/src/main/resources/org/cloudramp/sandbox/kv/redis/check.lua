#!lua
-- Gives where the logs of some rooms of a partition end, and keeps them: they are followed.
--
-- KEYS  1..  for each room the head of its log
-- ARGV  1    the age of the window, in ms
--
-- Answers  for each its epoch, the offset of its end and the stamp there; nothing where there is no
-- log.

local ends = {}
for i, head in ipairs(KEYS) do
  local known = redis.call('HMGET', head, 'epoch', 'end', 'stamp')
  if not known[1] then
    ends[i] = ''
  else
    if redis.call('PTTL', head) < ARGV[1] / 2 then
      -- Now and then is enough, and is not copied to replicas and files each time.
      redis.call('PEXPIRE', head, ARGV[1])
    end
    ends[i] = string.format('%s %.0f %s', known[1], known[2], known[3] or '0')
  end
end
return ends
