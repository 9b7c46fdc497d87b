"""The Lua scripts: every change of state, each in one step and in one slot.

They see sealed values only, compare marks, and take the time from the server that runs them.
"""

from __future__ import annotations

from typing import Final

_NOW: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""

LOAD: Final = (
    _NOW
    + """
return {now, redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}
"""
)
"""KEYS: verification, account. Returns {time, verification, account}."""

SAVE: Final = (
    _NOW
    + """
local function is(key, mark)
  if mark == '' then return redis.call('EXISTS', key) == 0 end
  return redis.call('GETRANGE', key, 0, #mark - 1) == mark
end
local old_v, old_a, new_v, new_a = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local keep, due, id, pass_before, notes = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if is(KEYS[1], ARGV[10]) then return 'SAVED' end
if not (is(KEYS[1], old_v) and is(KEYS[2], old_a)) then return 'LOST' end
if pass_before ~= '' and now >= tonumber(pass_before) then return 'LATE' end
if keep == '' then redis.call('SET', KEYS[1], new_v) else redis.call('SET', KEYS[1], new_v, 'PX', keep) end
if new_a == '' then redis.call('DEL', KEYS[2]) elseif new_a ~= '=' then redis.call('SET', KEYS[2], new_a) end
if due == '' then redis.call('ZREM', KEYS[3], id) else redis.call('ZADD', KEYS[3], due, id) end
if notes ~= '' then redis.call('XADD', KEYS[4], '*', '', notes) end
if due ~= '' and tonumber(due) <= now then redis.call('PUBLISH', 'bell', ARGV[11]) end
redis.call('PUBLISH', 'changed', id)
return 'SAVED'
"""
)
"""KEYS: verification, account, due, story. ARGV: the marks that must still stand (empty: nothing
must stand there), the new values (an empty account is deleted, `=` stays as it is), life in ms or empty, due time or
empty, id, the time from which it is too late or empty, the notes or empty, the new verification's
mark (so that a save whose answer was lost is recognised when it is sent again), the partition."""

SAVE_ACCOUNT: Final = """
local old, new, notes = ARGV[1], ARGV[2], ARGV[3]
if old == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return 'LOST' end
elseif redis.call('GETRANGE', KEYS[1], 0, #old - 1) ~= old then return 'LOST' end
if new == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], new) end
redis.call('XADD', KEYS[2], '*', '', notes)
return 'SAVED'
"""
"""KEYS: account, story. ARGV: the mark, the new value or empty, the notes."""

CLAIM: Final = (
    _NOW
    + """
local found = redis.call('GET', KEYS[1])
if not found then
  found = ARGV[1] .. string.format('%013d', now) .. ARGV[2]
  redis.call('SET', KEYS[1], found, 'PX', ARGV[3])
end
return {now, found}
"""
)
"""KEYS: idempotency key. ARGV: the replay name (16 bytes), the id to give out, its life in ms."""

RESERVE: Final = (
    _NOW
    + """
local hour, day = 3600000, 86400000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - day)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local function wait(span, most)
  if redis.call('ZCOUNT', KEYS[1], '(' .. (now - span), '+inf') < most then return 0 end
  local last = redis.call('ZREVRANGE', KEYS[1], most - 1, most - 1, 'WITHSCORES')
  return math.ceil((tonumber(last[2]) + span - now) / 1000)
end
local seconds = math.max(wait(hour, tonumber(ARGV[2])), wait(day, tonumber(ARGV[3])))
if seconds == 0 then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], day)
end
return seconds
"""
)
"""KEYS: a number's calls. ARGV: the wish, the most in an hour, the most in a day. Returns seconds to wait."""

LATELY: Final = (
    _NOW
    + """
return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. (now - ARGV[1]))
"""
)
"""KEYS: a number's calls. ARGV: how far back, in ms. Returns wishes, the latest first."""

TAKE: Final = (
    _NOW
    + """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], now + ARGV[1], id) end
return ids
"""
)
"""KEYS: due. ARGV: the lease in ms, the most to take. Returns ids."""

READ_STORY: Final = """
return redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])
"""
"""KEYS: story. ARGV: the most to read. Returns stream entries."""

ENTER: Final = (
    _NOW
    + """
local wish, can_wait, hold = ARGV[1], tonumber(ARGV[2]) * 1099511627776, tonumber(ARGV[3])
local buckets, orders = #KEYS / 5, {}
local on = KEYS[#KEYS - 3]
if tonumber(redis.call('ZSCORE', on, wish) or 0) > now then return 0 end
local function forget(i)
  local waiting, expiring, own = KEYS[5 * i - 2], KEYS[5 * i - 1], KEYS[5 * i]
  redis.call('ZREM', waiting, wish)
  redis.call('ZREM', expiring, wish)
  redis.call('ZREM', own, wish)
end
local function free_at(state) return math.max(tonumber(redis.call('HGET', state, 'free_at') or 0), now) end
for i = 1, buckets do
  local state, on, waiting = KEYS[5 * i - 4], KEYS[5 * i - 3], KEYS[5 * i - 2]
  local expiring, own = KEYS[5 * i - 1], KEYS[5 * i]
  local rate, most = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
  redis.call('ZREMRANGEBYSCORE', on, '-inf', now)
  redis.call('ZREMRANGEBYSCORE', own, '-inf', now)
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', expiring, '-inf', now)) do
    if gone ~= wish then redis.call('ZREM', waiting, gone) end
    redis.call('ZREM', expiring, gone)
  end
  local order = tonumber(redis.call('ZSCORE', waiting, wish) or '')
  if not order then
    order = tonumber(redis.call('HGET', state, 'served') or 0) + redis.call('ZCARD', own) + 1 + can_wait
    redis.call('ZADD', waiting, order, wish)
  end
  orders[i] = order - can_wait
  local before, wait = redis.call('ZRANK', waiting, wish), 0
  if rate > 0 then wait = free_at(state) + (before + 1) * 1000 / rate - 1000 - now end
  if most > 0 and before >= most - redis.call('ZCARD', on) then wait = math.max(wait, 500) end
  if wait > 0.01 then
    wait = math.min(math.max(math.ceil(wait), 20), 1000)
    local until_ = now + wait + 1500
    redis.call('ZADD', expiring, until_, wish)
    redis.call('ZADD', own, until_, wish)
    for _, each in ipairs({waiting, expiring, own}) do
      local key = each
      redis.call('PEXPIRE', key, 60000)
    end
    for earlier = 1, i - 1 do forget(earlier) end
    return wait
  end
end
for i = 1, buckets do
  local state, on, rate = KEYS[5 * i - 4], KEYS[5 * i - 3], tonumber(ARGV[2 + 2 * i])
  local served = math.max(tonumber(redis.call('HGET', state, 'served') or 0), orders[i])
  redis.call('HSET', state, 'served', served)
  if rate > 0 then
    redis.call('HSET', state, 'free_at', string.format('%.3f', free_at(state) + 1000 / rate))
  end
  redis.call('PEXPIRE', state, 3600000)
  redis.call('ZADD', on, now + hold, wish)
  redis.call('PEXPIRE', on, math.max(hold, redis.call('PTTL', on)))
  forget(i)
end
return 0
"""
)
"""KEYS: of each bucket its state, the wishes that are on, that wait by their order, the same by when they
lose their place, and the owner's own among these. ARGV: the wish, whether it can wait, how long it counts in ms; of
each bucket the calls in a second and at once (0: no limit). Returns the ms to wait.

A bucket has as many tokens as calls may begin in a second; a wish goes through where more are left
than wishes wait before it. An owner's first wish waits behind the first of every other, his second
behind the seconds: so that a thousand of one bank are before no other bank's next one."""

LEAVE: Final = """
for i = 1, #KEYS do
  local wishes = KEYS[i]
  redis.call('ZREM', wishes, ARGV[1])
end
return 0
"""
"""KEYS: of each bucket the wishes that are on, that wait, and when they lose their place. ARGV: the wish."""

CHOOSE: Final = (
    _NOW
    + """
local used = redis.call('HGET', KEYS[1], 'use')
for i = 1, #ARGV do
  if ARGV[i] == used then return {used, 1} end
end
for i = 1, #ARGV do
  local shut = tonumber(redis.call('HGET', KEYS[1], 'shut:' .. ARGV[i]) or 0)
  if shut <= now then
    if shut > 0 then redis.call('HSET', KEYS[1], 'shut:' .. ARGV[i], now + 10000) end
    return {ARGV[i], 0}
  end
end
return {'', 0}
"""
)
"""KEYS: the carriers. ARGV: their ids in the order in which to ask. Returns {id or nothing, 1 if staff
chose}. One that was left alone long enough is given out once in ten seconds, until it answers."""

ANSWERED: Final = (
    _NOW
    + """
local faults, shut = 'faults:' .. ARGV[1], 'shut:' .. ARGV[1]
if ARGV[2] == '0' then return redis.call('HDEL', KEYS[1], faults, shut) end
if redis.call('HINCRBY', KEYS[1], faults, 1) >= 3 then redis.call('HSET', KEYS[1], shut, now + 15000) end
return 0
"""
)
"""KEYS: the carriers. ARGV: an id, and 1 for a fault. Three faults in a row, and each further one, leave
it alone for fifteen seconds."""

CARRIERS: Final = (
    _NOW
    + """
local rows, used = {}, redis.call('HGET', KEYS[1], 'use')
for i = 1, #ARGV do
  local faults = tonumber(redis.call('HGET', KEYS[1], 'faults:' .. ARGV[i]) or 0)
  local shut = tonumber(redis.call('HGET', KEYS[1], 'shut:' .. ARGV[i]) or 0)
  rows[i] = {faults, math.max(shut - now, 0), ARGV[i] == used and 1 or 0}
end
return rows
"""
)
"""KEYS: the carriers. ARGV: their ids. Returns of each its faults, the ms for which it is left alone, and
1 if staff chose it."""

OVERDUE: Final = (
    _NOW
    + """
return redis.call('ZCOUNT', KEYS[1], '-inf', now)
"""
)
"""KEYS: due. Returns how many are due and taken by nobody."""
