// Selects an audio track of what the browser plays itself, where it can do that (Safari).

/** Selects the audio track at this position as soon as the browser knows the tracks. Returns a function that ends this. */
export function selectNativeTrack(video, position, count) {
  const tracks = video.audioTracks;
  const ended = new AbortController();
  const select = () => {
    // The browser may leave out tracks that it does not play; then its own choice stays.
    if (tracks?.length !== count) return;
    for (let i = 0; i < count; i += 1) {
      if (tracks[i].enabled !== (i === position)) tracks[i].enabled = i === position;
    }
  };
  select();
  video.addEventListener("loadedmetadata", select, { signal: ended.signal });
  return () => ended.abort();
}
