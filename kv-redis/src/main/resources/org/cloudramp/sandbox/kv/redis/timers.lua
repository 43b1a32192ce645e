
-- What the scripts that touch timers share. There are three keys for the rooms of a service in a
-- partition, with those of the partition:
--
-- services  each service of the partition that has timers, with when its line is to be looked at: before
--           that there is nothing to find, by the clocks of the processes, in ms
-- line      each timer of the service, '(room) (name)', with when it is to be tried
-- timers    of each timer '(due) (attempt) (id)', under the same name; and how many a room has, under
--           the name of the room, in which there is no blank

local TIMER = 512 -- what a timer counts

local function timers_of(timers, room)
  return tonumber(redis.call('HGET', timers, room) or 0)
end

local function timer_id(known)
  return known and string.match(known, '^%S+ %S+ (.*)$')
end

-- Has a line looked at by then, if not sooner.
local function look_by(services, service, when)
  redis.call('ZADD', services, 'LT', when, service)
end
