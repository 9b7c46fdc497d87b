"""The Lua scripts of the gate and of the switch between carriers, in the one slot that all workers share.

They know names of buckets, wishes and carriers, and take the time from the server that runs them.
"""

from __future__ import annotations

from typing import Final

from ivr.adapters.redis_scripts import NOW

ENTER: Final = (
    NOW
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
"""KEYS: of each bucket the wishes that are on, that wait, and when they lose their place; or the last two.
ARGV: the wish."""

CHOOSE: Final = (
    NOW
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
    NOW
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
    NOW
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
