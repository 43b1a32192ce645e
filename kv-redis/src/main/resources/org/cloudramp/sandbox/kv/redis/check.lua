-- Gives where the logs of some rooms of a partition end, and keeps them: they are followed.
--
-- A log that ends before what was heard of it has gone back: a server has restarted, or a replica
-- has taken over, without its last entries. Their offsets would be given again, to others; so that
-- log is over, and another begins.
--
-- KEYS  1..  for each room the head of its log, and the stream
-- ARGV  1    the age of the window, in ms
--       2    the epoch of logs that are begun
--       3..  for each room the epoch and the offset up to which was heard
--
-- Answers  for each its epoch and the offset of its end; nothing where there is no log.

local ends = {}
for i = 1, #KEYS / 2 do
  local head, stream = KEYS[2 * i - 1], KEYS[2 * i]
  local heard_epoch, heard = ARGV[2 * i + 1], tonumber(ARGV[2 * i + 2])
  local known = redis.call('HMGET', head, 'epoch', 'end')
  if not known[1] then
    ends[i] = ''
  else
    if known[1] == heard_epoch and tonumber(known[2]) < heard then
      redis.call('DEL', head)
      known = {open_log(head, stream, ARGV[2], ARGV[1])}
    elseif redis.call('PTTL', head) < ARGV[1] / 2 then
      -- Now and then is enough, and is not copied to replicas and files each time.
      redis.call('PEXPIRE', head, ARGV[1])
    end
    ends[i] = string.format('%s %.0f', known[1], known[2])
  end
end
return ends
