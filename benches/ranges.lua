-- For wrk: random ranges of one size; arguments: size of the file, size of the ranges.
function init(args)
  file_size, part = tonumber(args[1]), tonumber(args[2])
  math.randomseed(42)
end

function request()
  if part == 0 then
    return wrk.format("GET")
  end
  local first = math.random(0, file_size - part)
  wrk.headers["Range"] = string.format("bytes=%d-%d", first, first + part - 1)
  return wrk.format("GET")
end

function done(summary)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.bytes,
    summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
