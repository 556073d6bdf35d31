// The length of a movie.

/** Returns the seconds that a video takes: as the browser knows it, else as the catalogue does; 0 if neither does. */
export function lengthOf(video) {
  if (Number.isFinite(video.duration) && video.duration > 0) return video.duration;
  return Number(video.dataset.duration) || 0;
}
