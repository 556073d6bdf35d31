// Offers to go on where the movie was left.

import { clock } from "./format.js";
import { forget, keep, kept } from "./position.js";

const KEEP_EVERY_SECONDS = 5;

/** Shows the offer if there is one, and keeps the position from then on. */
export function offerResume(video, movieId) {
  const offer = document.getElementById("resume");
  const before = kept(movieId);
  let last = 0;

  if (before) {
    document.getElementById("resume-at").textContent = clock(before.at);
    offer.hidden = false;
    document.getElementById("resume-go").addEventListener("click", () => {
      offer.hidden = true;
      goTo(video, before.at);
      play(video);
    });
    document.getElementById("resume-drop").addEventListener("click", () => {
      offer.hidden = true;
      forget(movieId);
      goTo(video, 0);
      play(video);
    });
    video.addEventListener("playing", () => { offer.hidden = true; }, { once: true });
  }

  const save = () => {
    // Before anything was played the kept position is the better one.
    if (video.played.length) keep(movieId, video.currentTime, video.duration);
  };
  video.addEventListener("timeupdate", () => {
    if (Math.abs(video.currentTime - last) < KEEP_EVERY_SECONDS) return;
    last = video.currentTime;
    save();
  });
  video.addEventListener("pause", save);
  video.addEventListener("ended", () => forget(movieId));
  addEventListener("pagehide", save);
}

/** Seeks now, or as soon as the film's length is known. */
function goTo(video, seconds) {
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) {
    video.currentTime = seconds;
  } else {
    video.addEventListener("loadedmetadata", () => { video.currentTime = seconds; }, { once: true });
    if (video.preload === "none") video.load();
  }
}

function play(video) {
  // Refused only where the browser wants another click on its own controls.
  video.play().catch(() => {});
  video.focus();
}
