"""The Lua scripts: every change of state, each in one step and in one slot.

They see sealed values only, compare marks, and take the time from the server that runs them.
"""

from __future__ import annotations

from typing import Final

NOW: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""

LOAD: Final = (
    NOW
    + """
return {now, redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}
"""
)
"""KEYS: verification, account. Returns {time, verification, account}."""

_PUT_ACCOUNT: Final = """
local function put_account(key, new)
  if new == '=' then return end
  redis.call('DEL', key)
  if string.match(new, '^%d+$') then redis.call('INCRBY', key, new)
  elseif new ~= '' then redis.call('SET', key, new) end
end
"""
"""A number that INCRBY makes takes less than the text that SET would keep in a script."""

SAVE: Final = (
    NOW
    + _PUT_ACCOUNT
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
put_account(KEYS[2], new_a)
if due == '' then redis.call('ZREM', KEYS[3], id) else redis.call('ZADD', KEYS[3], due, id) end
if notes ~= '' then redis.call('XADD', KEYS[4], '*', '', notes) end
if due ~= '' and tonumber(due) <= now then redis.call('PUBLISH', 'bell', ARGV[11]) end
redis.call('PUBLISH', 'changed', ARGV[12])
return 'SAVED'
"""
)
"""KEYS: verification, account, due, story. ARGV: the marks that must still stand (empty: nothing
must stand there), the new values (an empty account is deleted, `=` stays as it is), life in ms or empty, due time or
empty, the id as it is due, the time from which it is too late or empty, the notes or empty, the new verification's
mark (so that a save whose answer was lost is recognised when it is sent again), the partition, and the id as
it is announced."""

SAVE_ACCOUNT: Final = (
    _PUT_ACCOUNT
    + """
local old, new, notes = ARGV[1], ARGV[2], ARGV[3]
if old == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return 'LOST' end
elseif redis.call('GETRANGE', KEYS[1], 0, #old - 1) ~= old then return 'LOST' end
put_account(KEYS[1], new)
redis.call('XADD', KEYS[2], '*', '', notes)
return 'SAVED'
"""
)
"""KEYS: account, story. ARGV: the mark, the new value or empty, the notes."""

TAKE: Final = (
    NOW
    + """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], now + ARGV[1], id) end
return ids
"""
)
"""KEYS: due. ARGV: the lease in ms, the most to take. Returns ids."""

HAND_BACK: Final = (
    NOW
    + """
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', 'LT', now, ARGV[i]) end
redis.call('PUBLISH', 'bell', ARGV[1])
return 0
"""
)
"""KEYS: due. ARGV: the partition, ids. Those still on the list are due now, unless they are sooner."""

READ_STORY: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local reader = redis.call('GET', KEYS[2])
if reader and reader ~= ARGV[2] then return {} end
local told = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])
if #told > 0 then redis.pcall('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
return told
"""
"""KEYS: story, who reads it. ARGV: the most to read, the reader, for how long nobody else reads it, in ms. Returns
stream entries. A full memory refuses the mark; then two may read, and keep the same twice, which changes nothing."""

TRIM_STORY: Final = """
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
return 0
"""
"""KEYS: story, who reads it. ARGV: the first stream id that stays, the reader, who is done."""

OVERDUE: Final = (
    NOW
    + """
return redis.call('ZCOUNT', KEYS[1], '-inf', now)
"""
)
"""KEYS: due. Returns how many are due and taken by nobody."""
