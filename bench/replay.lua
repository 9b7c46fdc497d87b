-- Sends prepared requests one after the other, each once, and counts the answers by status.
-- Arguments: the file of requests (each after its length in ten digits), how many of them to send
-- (the file is begun anew where it is shorter), and the mean pause before each in ms (0: none).

local requests, count, pause = {}, 0, 0
local promised, sent, answered = 0, 0, 0
local statuses = {}
local threads = {}
seen = "" -- global: wrk's main thread reads it at the end

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  count, pause = tonumber(args[2]), tonumber(args[3])
  while true do
    local length = file:read(10)
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
  sent = -1 -- wrk asks for one request at the start, and does not send it
  seen = ""
end

function request()
  sent = sent + 1
  if sent == 0 then return requests[1] end
  return requests[(sent - 1) % #requests + 1]
end

function delay()
  promised = promised + 1
  if promised > count then return 60000 end -- all are sent: what is left is to wait for the answers
  if pause == 0 then return 0 end
  return math.floor(-pause * math.log(1 - math.random()) + 0.5)
end

function response(status)
  answered = answered + 1
  statuses[status] = (statuses[status] or 0) + 1
  if answered >= count then
    seen = ""
    for code, times in pairs(statuses) do seen = seen .. code .. ":" .. times .. " " end
    io.write("ALL\n") -- whoever started wrk stops it now: by itself it waits for its time
    io.flush()
  end
end

function done(summary, latency)
  local codes = threads[1]:get("seen")
  io.write(string.format("\nREPLAY %d %.6f %.3f %.3f %d %s\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.timeout
    + summary.errors.connect + summary.errors.read + summary.errors.write, codes))
end
