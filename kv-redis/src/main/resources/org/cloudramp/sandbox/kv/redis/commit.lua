#!lua
-- Commits one transaction of one room: all of it, or nothing.
--
-- The first line makes the server check, before anything runs, that it may write and has memory
-- left. After the first of its writes, no command can fail: so there is no half of a transaction.
--
-- KEYS  1    the index of the room: each of its keys, with the time it expires at
--       2    this transaction, if it has been committed before
--       3    whom the room is reserved for: the name of the second key of that commit
--       4..  the keys that were read, then the keys to write
-- ARGV  1    for how long to remember this transaction, in ms
--       2    how many keys the room may hold
--       3    how many bytes of a key's name come before what the index calls it
--       4    how many keys were read
--       5..  for each read: '-' where it was absent, else '+' and the value
--       ..   for each write: 'delete', 'never' or the time to live in ms, with 'keep ' before it if
--            that is for a key that is absent only; and the value

local index, transaction, reservation = KEYS[1], KEYS[2], KEYS[3]
local quota, prefix, reads = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

if redis.call('EXISTS', transaction) == 1 then
  return 'COMMITTED'
end

local holder = redis.call('GET', reservation)
if holder == transaction then
  redis.call('DEL', reservation)
elseif holder then
  return 'CONFLICT'
end

for r = 1, reads do
  local key = KEYS[3 + r]
  local held = redis.pcall('GET', key)
  if type(held) == 'table' then
    return 'WRONGTYPE ' .. key
  end
  if (held and '+' .. held or '-') ~= ARGV[4 + r] then
    return 'CONFLICT'
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local writes = #KEYS - 3 - reads

local growth = 0
for w = 1, writes do
  local exists = redis.call('EXISTS', KEYS[3 + reads + w])
  if ARGV[3 + reads + 2 * w] == 'delete' then
    growth = growth - exists
  else
    growth = growth + 1 - exists
  end
end

redis.call('ZREMRANGEBYSCORE', index, '-inf', string.format('(%.0f', now))
local size = redis.call('ZCARD', index) + growth
if growth > 0 and size > quota then
  return 'FULL ' .. size
end

for w = 1, writes do
  local key = KEYS[3 + reads + w]
  local life = ARGV[3 + reads + 2 * w]
  local value = ARGV[4 + reads + 2 * w]
  local name = string.sub(key, prefix + 1)
  local absent = string.match(life, '^keep (.+)$')
  if absent and redis.call('EXISTS', key) == 1 then
    redis.call('SET', key, value, 'KEEPTTL')
    life = 'keep'
  elseif absent then
    life = absent
  end
  if life == 'keep' then
    -- the index has it, and when it expires
  elseif life == 'delete' then
    redis.call('DEL', key)
    redis.call('ZREM', index, name)
  elseif life == 'never' then
    redis.call('SET', key, value)
    redis.call('ZADD', index, 'inf', name)
  else
    local expires = string.format('%.0f', now + life)
    redis.call('SET', key, value, 'PXAT', expires)
    redis.call('ZADD', index, expires, name)
  end
end

-- The index goes when the last of its keys does.
local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2]
if last == 'inf' then
  redis.call('PERSIST', index)
elseif last then
  redis.call('PEXPIREAT', index, string.format('%.0f', last))
end

redis.call('SET', transaction, '', 'PX', ARGV[1])
return 'COMMITTED'
