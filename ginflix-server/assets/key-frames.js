// The key frames of a movie, as the playlist of HLS for them lists them (RFC 8216, `EXT-X-I-FRAMES-ONLY`). Pure.

/** Parses a playlist. Returns `{ init, frames }`: the address of the initialization segment, and `{ start, end, url }` of each frame, in seconds. */
export function parseKeyFrames(text, base) {
  let init = null;
  let seconds = 0;
  let at = 0;
  const frames = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-MAP:")) {
      init = new URL(line.match(/URI="([^"]+)"/)[1], base).href;
    } else if (line.startsWith("#EXTINF:")) {
      seconds = Number.parseFloat(line.slice("#EXTINF:".length));
    } else if (line && !line.startsWith("#")) {
      frames.push({ start: at, end: at + seconds, url: new URL(line, base).href });
      at += seconds;
    }
  }
  return { init, frames };
}

/** Returns the position of the frame that is shown at a time; -1 without any. */
export function frameAt(frames, seconds) {
  return Math.max(frames.findLastIndex(({ start }) => start <= seconds), frames.length ? 0 : -1);
}
