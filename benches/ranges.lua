-- Script of wrk that requests random ranges of one size. Arguments: the size of the file and the size
-- of the ranges, in bytes; a range size of 0 requests the whole file.
function init(args)
  file_size, range_size = tonumber(args[1]), tonumber(args[2])
  math.randomseed(42)
end

function request()
  if range_size == 0 then
    return wrk.format("GET")
  end
  local first = math.random(0, file_size - range_size)
  wrk.headers["Range"] = string.format("bytes=%d-%d", first, first + range_size - 1)
  return wrk.format("GET")
end

function done(summary)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.bytes,
    summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
