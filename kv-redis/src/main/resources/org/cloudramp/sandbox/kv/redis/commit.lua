
-- Commits one transaction of one room: all of it, or nothing.
--
-- After the first of its writes, no command can fail: so there is no half of a transaction.
--
-- KEYS  1    the index of the room: each of its keys, with the time it expires at
--       2    this transaction, if it has been committed before
--       3    whom the room is reserved for: the name of the second key of that commit
--       4    the sizes of its keys
--       5    the head of its log
--       6    the stream of its log
--       7    its roster: each member, with a number that grows, its server and its description; what
--            is remembered of a member, under its name and a blank; for a member with a session, under
--            a blank and its name, the number of its last message and the key; the version, under a
--            blank; and what the states count, under two. A roster without members is kept for a
--            while, lest its versions come again.
--       8    exists if the server that commits has been fenced
--       9..11 the services, the line and the timers of its service in the partition
--       12.. the keys that were read, then the keys to write, then for each change of the roster the
--            rooms of the partition that have members of that server, with how many, and those that
--            have members of the server that it names afterwards
-- ARGV  1    for how long to remember this transaction, in ms
--       2    how many keys the room may hold
--       3    how many bytes of a key's name come before what the index calls it
--       4    how many keys were read
--       5    how many bytes the keys of the room may count
--       6    by how many bytes keys and log may grow now, for the sake of the service
--       7    the epoch of a log that is begun
--       8..10  the window of the log: entries, bytes, age in ms
--       11   the channel of the partition
--       12   what the channel is told before the position and how many entries: the room
--       13   how many entries are appended
--       14   the version of the roster that was read, or '-'
--       15   how many changes of the roster there are
--       16   the version of a roster that is begun
--       17   for how long a roster without members is kept, in ms
--       18   the service
--       19   the room
--       20   how many timers the room may have
--       21   how many timers are set or cancelled
--       22   the id of this transaction
--       23   the name of the timer that is answered, as in the line; '' if none is
--       24   the id under which it was claimed
--       25   how many states of members were read
--       26   how many become others
--       27   what a state counts besides its bytes
--       28..  for each read: '-' where it was absent, else '+' and the value
--       ..   for each write: 'delete', 'never' or the time to live in ms, with 'keep ' before it if
--            that is for a key that is absent only; the value; and the bytes that both count
--       ..   for each change of the roster what it is, the member, its server, and four more:
--            'enter'    description, number of the last message, key of its session or '', by how much
--                       the version grows
--            'leave'    '', '', '', by how much the version grows
--            'receive'  number of the first message, of the last, '', ''
--            'resume'   key that was seen, next server, next key, ''
--       ..   for each timer that is set or cancelled its name in the line; when it is due, in ms, or ''
--       ..   for each state that was read the member and the state, '' for none; then so for each that
--            becomes another
--       ..   the entries
--
-- Answers  COMMITTED (growth) (epoch) (offset of the first entry) (stamp before it) (stamp of the
-- entries) (account), with '- 0 0 0' where nothing was appended; CONFLICT, FENCED, WRONGTYPE (key), or that the room would hold too much: FULL (keys there
-- would be), BYTES (bytes there would be), TIMERS (timers there would be), SERVICE (growth).

local index, transaction, reservation, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local head, stream = KEYS[5], KEYS[6]
local services, line, timers = KEYS[9], KEYS[10], KEYS[11]
local quota, prefix, reads = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local bytes_quota, allowed = tonumber(ARGV[5]), tonumber(ARGV[6])
local window = {entries = tonumber(ARGV[8]), bytes = tonumber(ARGV[9]), age = tonumber(ARGV[10])}
local appends = tonumber(ARGV[13])
local roster, fence, changes = KEYS[7], KEYS[8], tonumber(ARGV[15])
local service, room = ARGV[18], ARGV[19]
local timer_quota, timer_writes = tonumber(ARGV[20]), tonumber(ARGV[21])
local id, answered, claimed_as = ARGV[22], ARGV[23], ARGV[24]
local states_seen, state_writes, state_bytes = tonumber(ARGV[25]), tonumber(ARGV[26]), tonumber(ARGV[27])
local FIRST_KEY, FIRST_ARGUMENT = 11, 27 -- less one
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local position = redis.call('GET', transaction)
if position then
  return string.format(
    'COMMITTED 0 %s %s', position,
    account(index, sizes, head, stream, time, timers_of(timers, room) * TIMER + states_of(roster)))
end

if redis.call('EXISTS', fence) == 1 then
  return 'FENCED'
end

local holder = redis.call('GET', reservation)
if holder == transaction then
  redis.call('DEL', reservation)
elseif holder then
  return 'CONFLICT'
end

for r = 1, reads do
  local key = KEYS[FIRST_KEY + r]
  local held = redis.pcall('GET', key)
  if type(held) == 'table' then
    return 'WRONGTYPE ' .. key
  end
  if (held and '+' .. held or '-') ~= ARGV[FIRST_ARGUMENT + r] then
    return 'CONFLICT'
  end
end

if answered ~= '' and timer_id(redis.call('HGET', timers, answered)) ~= claimed_as then
  return 'CONFLICT'
end

-- The key of a write, what the index calls it, its life, its value and its bytes.
local writes = #KEYS - FIRST_KEY - reads - 2 * changes
local function write_of(w)
  local key = KEYS[FIRST_KEY + reads + w]
  local first = FIRST_ARGUMENT + reads + 3 * w - 2
  return key, string.sub(key, prefix + 1), ARGV[first], ARGV[first + 1], ARGV[first + 2]
end

-- What a change of the roster is, of whom, of which server, and four more.
local function change_of(c)
  local first = FIRST_ARGUMENT + reads + 3 * writes + 7 * c - 6
  return ARGV[first], ARGV[first + 1], ARGV[first + 2], ARGV[first + 3], ARGV[first + 4],
    ARGV[first + 5], ARGV[first + 6]
end

-- The number of a member's last message, and the key; nothing if it has no session.
local function session_of(member)
  local session = redis.call('HGET', roster, ' ' .. member)
  if not session then
    return nil
  end
  local number, key = string.match(session, '^(%d+) (.*)$')
  return tonumber(number), key
end

local version = redis.call('HGET', roster, ' ')
if ARGV[14] ~= '-' and version ~= ARGV[14] then
  return 'CONFLICT'
end
for c = 1, changes do
  local what, member, server, what_was = change_of(c)
  local held = redis.call('HGET', roster, member)
  if (what == 'enter') == (held and true or false) then
    return 'CONFLICT'
  end
  if held and string.match(held, '^%d+ (%S+) ') ~= server then
    return 'CONFLICT'
  end
  if what == 'receive' or what == 'resume' then
    local number, key = session_of(member)
    if not number
        or (what == 'receive' and number >= tonumber(what_was))
        or (what == 'resume' and key ~= what_was) then
      return 'CONFLICT'
    end
  end
end

-- A member and its state: of those that were read, and then of those that become others.
local function state_of(s)
  local first = FIRST_ARGUMENT + reads + 3 * writes + 7 * changes + 2 * timer_writes + 2 * s - 1
  return ARGV[first], ARGV[first + 1]
end

-- What the state of a member counts now.
local function held_state(member)
  local size = redis.call('HSTRLEN', roster, member .. ' ')
  return size == 0 and 0 or size + state_bytes
end

local state_growth, comes, goes = 0, {}, {}
for c = 1, changes do
  local what, member = change_of(c)
  if what == 'enter' then
    comes[member] = true
  elseif what == 'leave' then
    goes[member] = true
    state_growth = state_growth - held_state(member)
  end
end
for s = 1, states_seen do
  local member, state = state_of(s)
  if redis.call('HEXISTS', roster, member) == 0
      or (redis.call('HGET', roster, member .. ' ') or '') ~= state then
    return 'CONFLICT'
  end
end
for s = states_seen + 1, states_seen + state_writes do
  local member, state = state_of(s)
  if goes[member] or not comes[member] and redis.call('HEXISTS', roster, member) == 0 then
    return 'CONFLICT'
  end
  state_growth = state_growth - held_state(member) + (state == '' and 0 or #state + state_bytes)
end

local freed = drop_expired(index, sizes, now) + drop_expired_log(head, stream)
local growth, bytes = 0, 0
for w = 1, writes do
  local key, name, life, _, size = write_of(w)
  bytes = bytes - tonumber(redis.call('HGET', sizes, name) or 0)
  growth = growth - redis.call('EXISTS', key)
  if life ~= 'delete' then
    bytes = bytes + size
    growth = growth + 1
  end
end

local keys = redis.call('ZCARD', index) + growth
if growth > 0 and keys > quota then
  return 'FULL ' .. keys
end
local sum = tonumber(redis.call('HGET', sizes, ' ') or 0) + bytes
if bytes > 0 and sum > bytes_quota then
  return string.format('BYTES %.0f', sum)
end

-- What is set or cancelled of timers.
local function timer_write(t)
  local first = FIRST_ARGUMENT + reads + 3 * writes + 7 * changes + 2 * t - 1
  return ARGV[first], ARGV[first + 1]
end

local timer_growth = answered == '' and 0 or -1
for t = 1, timer_writes do
  local name, due = timer_write(t)
  local there = name ~= answered and redis.call('HEXISTS', timers, name) or 0
  timer_growth = timer_growth - there + (due == '' and 0 or 1)
end
local timers_after = timers_of(timers, room) + timer_growth
if timer_growth > 0 and timers_after > timer_quota then
  return 'TIMERS ' .. timers_after
end
local more = bytes + timer_growth * TIMER + state_growth
if more > 0 and more - freed > allowed then
  return string.format('SERVICE %.0f', more - freed)
end

-- The log. It never keeps a commit out: where the service has no bytes left, it is shorter.
local log_growth, message = 0, nil
position = '- 0 0 0'
if appends > 0 then
  local epoch, last, stamp_before = open_log(head, stream, ARGV[7], ARGV[10])
  if last + appends > LAST_OFFSET then
    redis.call('DEL', head)
    epoch, last, stamp_before = open_log(head, stream, ARGV[7], ARGV[10])
  end
  local stamp = stamp_after(stamp_before, id)
  local length = redis.call('XLEN', stream)
  local before = tonumber(redis.call('HGET', head, 'bytes'))
  local held = before
  position = string.format('%s %.0f %s %s', epoch, last + 1, stamp_before, stamp)
  message = {string.format('%s %s %.0f\n', ARGV[12], position, appends)}
  local first = #ARGV - appends
  local written = string.format('%.0f', now)
  for i = 1, appends do
    local content = ARGV[first + i]
    local place = string.format('%.0f-%s', last + i, stamp)
    redis.call('XADD', stream, place, 't', written, 'c', content)
    held = held + ENTRY + #content
    message[#message + 1] = struct.pack('>I4', #content)
    message[#message + 1] = content
  end
  last = last + appends
  local _, kept, dropped = shorten(
    stream, window, now, last, length + appends, held, before + allowed - (more - freed),
    appends + 1)
  local known = {
    'end', string.format('%.0f', last), 'stamp', stamp, 'bytes', string.format('%.0f', kept)}
  if dropped or length == 0 then
    known[7], known[8] = 'dropped', dropped or stamp_before
  end
  redis.call('HSET', head, unpack(known))
  redis.call('PEXPIRE', stream, ARGV[10])
  log_growth = kept - before
end

if answered ~= '' then
  redis.call('HDEL', timers, answered)
  redis.call('ZREM', line, answered)
end
for t = 1, timer_writes do
  local name, due = timer_write(t)
  if due == '' then
    redis.call('HDEL', timers, name)
    redis.call('ZREM', line, name)
  else
    redis.call('HSET', timers, name, due .. ' 0 ' .. id)
    redis.call('ZADD', line, due, name)
    look_by(services, service, due)
  end
end
if timer_growth ~= 0 then
  if timers_after > 0 then
    redis.call('HSET', timers, room, timers_after)
  else
    redis.call('HDEL', timers, room)
  end
end

for w = 1, writes do
  local key, name, life, value, size = write_of(w)
  local absent = string.match(life, '^keep (.+)$')
  if absent and redis.call('EXISTS', key) == 1 then
    redis.call('SET', key, value, 'KEEPTTL')
    -- The clock may be ahead of the one by which this script sees keys expire, and the index may have
    -- dropped the key already.
    local expires = redis.call('PEXPIRETIME', key)
    redis.call('ZADD', index, expires < 0 and 'inf' or string.format('%.0f', expires), name)
    life = 'keep'
  elseif absent then
    life = absent
  end
  if life == 'keep' then
    redis.call('HSET', sizes, name, size)
  elseif life == 'delete' then
    redis.call('DEL', key)
    redis.call('ZREM', index, name)
    redis.call('HDEL', sizes, name)
  else
    redis.call('HSET', sizes, name, size)
    if life == 'never' then
      redis.call('SET', key, value)
      redis.call('ZADD', index, 'inf', name)
    else
      local expires = string.format('%.0f', now + life)
      redis.call('SET', key, value, 'PXAT', expires)
      redis.call('ZADD', index, expires, name)
    end
  end
end
if changes > 0 then
  version = tonumber(version or ARGV[16])
  local address = string.match(ARGV[12], '%S+$')
  local function one_fewer(rooms)
    if redis.call('HINCRBY', rooms, address, -1) <= 0 then
      redis.call('HDEL', rooms, address)
    end
  end
  for c = 1, changes do
    local what, member, server, first, second, third, step = change_of(c)
    local rooms, rooms_after = KEYS[#KEYS - 2 * (changes - c) - 1], KEYS[#KEYS - 2 * (changes - c)]
    if what == 'enter' then
      version = version + step
      local number = string.format('%.0f', version)
      redis.call('HSET', roster, member, number .. ' ' .. server .. ' ' .. first)
      if third ~= '' then
        redis.call('HSET', roster, ' ' .. member, second .. ' ' .. third)
      end
      redis.call('HINCRBY', rooms, address, 1)
    elseif what == 'leave' then
      version = version + step
      redis.call('HDEL', roster, member, member .. ' ', ' ' .. member)
      one_fewer(rooms)
    elseif what == 'receive' then
      local _, key = session_of(member)
      redis.call('HSET', roster, ' ' .. member, second .. ' ' .. key)
    else
      local number = session_of(member)
      redis.call('HSET', roster, ' ' .. member, string.format('%.0f', number) .. ' ' .. third)
      local place, _, description =
        string.match(redis.call('HGET', roster, member), '^(%d+) (%S+) (.*)$')
      redis.call('HSET', roster, member, place .. ' ' .. second .. ' ' .. description)
      one_fewer(rooms)
      redis.call('HINCRBY', rooms_after, address, 1)
    end
  end
  redis.call('HSET', roster, ' ', string.format('%.0f', version))
end
for s = states_seen + 1, states_seen + state_writes do
  local member, state = state_of(s)
  if state == '' then
    redis.call('HDEL', roster, member .. ' ')
  else
    redis.call('HSET', roster, member .. ' ', state)
  end
end
if state_growth ~= 0 then
  local held = states_of(roster) + state_growth
  if held == 0 then
    redis.call('HDEL', roster, '  ')
  else
    redis.call('HSET', roster, '  ', string.format('%.0f', held))
  end
end
if changes > 0 then
  if redis.call('HLEN', roster) == 1 then
    redis.call('PEXPIRE', roster, ARGV[17])
  else
    redis.call('PERSIST', roster)
  end
end
if bytes ~= 0 then
  redis.call('HINCRBY', sizes, ' ', string.format('%.0f', bytes))
end

-- Index and sizes go when the last of the keys does.
local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2]
if not last then
  redis.call('DEL', sizes)
elseif last == 'inf' then
  redis.call('PERSIST', index)
  redis.call('PERSIST', sizes)
else
  redis.call('PEXPIREAT', index, string.format('%.0f', last))
  redis.call('PEXPIREAT', sizes, string.format('%.0f', last))
end

redis.call('SET', transaction, position, 'PX', ARGV[1])
if message then
  -- Whoever follows looks into the log all the same, if later: this must not fail what has happened.
  redis.pcall('SPUBLISH', ARGV[11], table.concat(message))
end
return string.format(
  'COMMITTED %.0f %s %s', more - freed + log_growth, position,
  account(index, sizes, head, stream, time, timers_after * TIMER + states_of(roster)))
