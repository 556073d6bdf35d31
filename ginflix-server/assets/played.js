// What was played of a movie. Browsers forget it when the source of a video changes.

/** Follows a video. Returns `ranges`, which returns all ranges in order, and `keep`, to call before the source changes. */
export function followPlayed(video) {
  let before = [];
  let now = [];
  // Events of the last source may arrive when its ranges are forgotten already.
  const look = () => {
    if (video.played.length) now = rangesOf(video.played);
  };
  const keep = () => {
    look();
    before = union(before, now);
    now = [];
  };
  for (const event of ["timeupdate", "seeking", "pause", "error", "ended"]) video.addEventListener(event, look);
  // The source also changes when a player recovers from an error.
  video.addEventListener("emptied", () => {
    before = union(before, now);
    now = [];
  });
  return { keep, ranges: () => union(before, video.played.length ? rangesOf(video.played) : now) };
}

function rangesOf(times) {
  return Array.from({ length: times.length }, (_, i) => ({ start: times.start(i), end: times.end(i) }));
}

/** Merges two lists of ranges. */
export function union(a, b) {
  const merged = [];
  for (const { start, end } of [...a, ...b].sort((x, y) => x.start - y.start)) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}
