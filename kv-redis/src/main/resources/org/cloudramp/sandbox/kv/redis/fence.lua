#!lua
-- Keeps a server from committing to the rooms of a partition.
--
-- KEYS  1    exists while it may not commit
--       2    the rooms of the partition that have members of it, with how many
-- ARGV  1    for how long, in ms
--
-- Answers  those rooms.

redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return redis.call('HKEYS', KEYS[2])
