"""The Lua scripts over what they read themselves: claims of idempotency keys, and the calls of a number.

Each lies as few bytes, with its time, beside others of its kind. Like all scripts these touch one slot each.
"""

from __future__ import annotations

from typing import Final

from ivr.adapters.redis_scripts import NOW

_STAMPS: Final = """
local day = 86400000
local function stamp(ms)
  local bytes = ''
  for _ = 1, 6 do bytes = string.char(ms % 256) .. bytes; ms = math.floor(ms / 256) end
  return bytes
end
local function moment(text, place)
  local ms = 0
  for at = place, place + 5 do ms = ms * 256 + string.byte(text, at) end
  return ms
end
"""
"""Times as six bytes in what a script reads itself."""

_CLAIMED: Final = (
    NOW
    + _STAMPS
    + """
local today = math.floor(now / day)
local function claimed()
  for back = 0, 1 do
    local key = KEYS[(today - back) % 2 + 1]
    local found = redis.call('HGET', key, ARGV[1])
    if found and now - moment(found, 1) < day then return found end
  end
end
"""
)

CLAIM: Final = (
    _CLAIMED
    + """
local found = claimed()
if not found then
  found = stamp(now) .. ARGV[2]
  local key = KEYS[today % 2 + 1]
  redis.call('HSET', key, ARGV[1], found)
  redis.call('PEXPIREAT', key, (today + 2) * day)
end
return {now - moment(found, 1), string.sub(found, 7)}
"""
)
"""KEYS: two hashes of claims, which take turns day by day: each is gone before its next turn. ARGV: the
idempotency key's name, and what to claim it for. Returns {age in ms, what it is claimed for}."""

FIND_CLAIM: Final = (
    _CLAIMED
    + """
local found = claimed()
return found and string.sub(found, 7)
"""
)
"""KEYS, ARGV: as of `CLAIM`. Returns what it is claimed for, or nothing."""

_CALLS: Final = (
    NOW
    + _STAMPS
    + """
local function each_call(calls)
  local place = 1
  return function()
    if place > #calls then return nil end
    local at, size = moment(calls, place), string.byte(calls, place + 6)
    local wish, lying = string.sub(calls, place + 7, place + 6 + size), string.sub(calls, place, place + 6 + size)
    place = place + 7 + size
    return wish, at, lying
  end
end
"""
)
"""A number's calls are one text: of each its time, how long its wish is, and the wish."""

RESERVE: Final = (
    _CALLS
    + """
local hour = 3600000
local kept, times = {}, {}
for wish, at, lying in each_call(redis.call('GET', KEYS[1]) or '') do
  if at > now - day then
    if wish == ARGV[1] then return 0 end
    kept[#kept + 1], times[#times + 1] = lying, at
  end
end
table.sort(times)
local function wait(span, most)
  local last = times[#times - most + 1]
  return last and math.ceil((math.max(last + span - now, 0)) / 1000) or 0
end
local seconds = math.max(wait(hour, tonumber(ARGV[2])), wait(day, tonumber(ARGV[3])))
if seconds == 0 then
  kept[#kept + 1] = stamp(now) .. string.char(#ARGV[1]) .. ARGV[1]
  redis.call('SET', KEYS[1], table.concat(kept), 'PX', day)
end
return seconds
"""
)
"""KEYS: a number's calls. ARGV: the wish, the most in an hour, the most in a day. Returns seconds to wait."""

RELEASE: Final = (
    _CALLS
    + """
local kept = {}
for wish, _, lying in each_call(redis.call('GET', KEYS[1]) or '') do
  if wish ~= ARGV[1] then kept[#kept + 1] = lying end
end
if #kept == 0 then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], table.concat(kept), 'KEEPTTL')
return 1
"""
)
"""KEYS: a number's calls. ARGV: the wish to take back."""

LATELY: Final = (
    _CALLS
    + """
local wishes = {}
for wish, at in each_call(redis.call('GET', KEYS[1]) or '') do
  if at > now - ARGV[1] then table.insert(wishes, 1, wish) end
end
return wishes
"""
)
"""KEYS: a number's calls. ARGV: how far back, in ms. Returns wishes, the latest first."""
