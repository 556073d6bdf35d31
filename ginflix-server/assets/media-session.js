// What the system shows of the movie, and its keys for media: on a keyboard, on headphones, on a locked phone.

import { seekTo } from "./actions.js";

const SEEK_SECONDS = 10;

/** Names the movie, and handles the keys. `previous` and `next` go to other movies, or are null. */
export function joinMediaSession(video, { title, previous, next }) {
  const session = navigator.mediaSession;
  if (!session) return;
  const artwork = video.poster ? [{ src: video.poster }] : [];
  session.metadata = new MediaMetadata({ title, artwork });
  const handlers = {
    play: () => video.play().catch(() => {}),
    pause: () => video.pause(),
    seekbackward: ({ seekOffset }) => seekTo(video, video.currentTime - (seekOffset || SEEK_SECONDS)),
    seekforward: ({ seekOffset }) => seekTo(video, video.currentTime + (seekOffset || SEEK_SECONDS)),
    seekto: ({ seekTime }) => seekTo(video, seekTime),
    previoustrack: previous,
    nexttrack: next,
  };
  for (const [action, handler] of Object.entries(handlers)) {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // The browser does not know this action.
    }
  }
  const tell = () => {
    session.playbackState = video.paused ? "paused" : "playing";
    const { duration, playbackRate, currentTime } = video;
    if (!Number.isFinite(duration) || !playbackRate) return;
    session.setPositionState({ duration, playbackRate, position: Math.min(currentTime, duration) });
  };
  for (const event of ["play", "pause", "seeked", "ratechange", "loadedmetadata"]) video.addEventListener(event, tell);
}
