-- Gives where the log of a room ends: its epoch, and the offset; begins a log if there is none.
--
-- KEYS  1    the head of the log
--       2    its stream
-- ARGV  1    the epoch of a log that is begun
--       2    the age of the window, in ms

local epoch, last = open_log(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return string.format('%s %.0f', epoch, last)
