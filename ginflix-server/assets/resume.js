// Offers to continue a movie where it was left.

import { clock } from "./format.js";
import { clearPosition, savePosition, savedPosition } from "./position.js";
import { say } from "./say.js";
import { announce, flash } from "./status.js";

const SAVE_INTERVAL_SECONDS = 5;

/**
 * Shows the offer if there is a stored position, and stores the position from then on. `start` is what the address says: with
 * `plays`, the movie continues without a question; with `hasTime`, it starts elsewhere.
 */
export function offerResume(video, movieId, { plays, hasTime }) {
  const offer = document.getElementById("resume");
  const before = savedPosition(movieId);
  let lastSaved = 0;

  if (before && plays && !hasTime) {
    seek(video, before.at);
    const message = say("script-continued-at", { time: clock(before.at) });
    flash(message);
    announce(message);
  } else if (before && !hasTime) {
    document.getElementById("resume-at").textContent = say("script-stopped-at", { time: clock(before.at) });
    offer.hidden = false;
    document.getElementById("resume-go").addEventListener("click", () => {
      offer.hidden = true;
      seek(video, before.at);
      play(video);
    });
    document.getElementById("resume-drop").addEventListener("click", () => {
      offer.hidden = true;
      clearPosition(movieId);
      seek(video, 0);
      play(video);
    });
    video.addEventListener("playing", () => { offer.hidden = true; }, { once: true });
  }

  const save = () => {
    // Until something was played, the stored position is the better one.
    if (video.played.length) savePosition(movieId, video.currentTime, video.duration);
  };
  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - lastSaved) < SAVE_INTERVAL_SECONDS) return;
    lastSaved = video.currentTime;
    save();
  });
  video.addEventListener("pause", save);
  video.addEventListener("ended", () => clearPosition(movieId));
  addEventListener("pagehide", save);
}

/** Seeks now, or as soon as the duration is known. */
export function seek(video, seconds) {
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) {
    video.currentTime = seconds;
  } else {
    video.addEventListener("loadedmetadata", () => { video.currentTime = seconds; }, { once: true });
    if (video.preload === "none") video.load();
  }
}

function play(video) {
  // A browser may require a click on its own controls.
  video.play().catch(() => {});
  video.focus();
}
