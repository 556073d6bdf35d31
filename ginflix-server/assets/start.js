// What the address says of the start: `?play=1` plays at once, `?t=SECONDS` begins there.

import { seek } from "./resume.js";

/** Starts as the address says. Returns `{ plays, hasTime }`: whether it says to play, and where. */
export function startFromAddress(video) {
  const url = new URL(location.href);
  const { searchParams } = url;
  const seconds = Number.parseFloat(searchParams.get("t"));
  const hasTime = Number.isFinite(seconds) && seconds >= 0;
  const plays = searchParams.has("play");
  if (hasTime) seek(video, seconds);
  if (plays) {
    // A browser may refuse to play sound before the first click; then the big button is there.
    video.play().catch(() => {});
    // Loading the page again does not start the movie again.
    searchParams.delete("play");
    history.replaceState(history.state, "", url);
  }
  return { plays, hasTime };
}
