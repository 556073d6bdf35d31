// Full screen of the frame, so that controls, subtitles and messages stay visible.

import { say } from "./say.js";

/** Sets up the button. Returns the function that enters or leaves full screen; null if the browser has none. */
export function offerFullScreen(screen, video) {
  const canFill = document.fullscreenEnabled && screen.requestFullscreen;
  // An iPhone shows only the video itself in full screen, with its own controls.
  if (!canFill && !video.webkitSupportsFullscreen) return null;
  const button = document.getElementById("full-screen");
  button.hidden = false;
  const toggle = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (canFill) screen.requestFullscreen({ navigationUI: "hide" }).then(() => turn(video), () => {});
    else video.webkitEnterFullscreen();
  };
  button.addEventListener("click", toggle);
  document.addEventListener("fullscreenchange", () => {
    const isFull = document.fullscreenElement === screen;
    button.dataset.state = isFull ? "full" : "window";
    button.ariaLabel = isFull ? say("script-leave-full-screen") : say("player-full-screen");
    button.title = `${button.ariaLabel} (F)`;
  });
  return toggle;
}

/** Turns a phone to the side for a wide picture; other devices refuse. */
function turn({ videoWidth, videoHeight }) {
  if (videoWidth > videoHeight) globalThis.screen.orientation?.lock?.("landscape").catch(() => {});
}
