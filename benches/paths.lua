-- Script of wrk that requests the paths of a file in turn. Argument: the file, with a path on each line.
function init(args)
  paths, next_path = {}, 1
  for line in io.lines(args[1]) do
    paths[#paths + 1] = wrk.format("GET", line)
  end
end

function request()
  local request = paths[next_path]
  next_path = next_path % #paths + 1
  return request
end

function done(summary)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.bytes,
    summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
