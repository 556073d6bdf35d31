// What is said while the picture stands still because nothing arrives.

import { obstacle } from "./reachable.js";
import { say } from "./say.js";

/** Milliseconds until a mark, words, and a question to the server follow. */
const MARK_DELAY_MS = 400;
const WORDS_DELAY_MS = 2500;
const QUESTION_INTERVAL_MS = 4000;

/** Shows that the movie is loading. `onObstacle(why)` is called if the server does not send the file any more. */
export function explainWaiting(video, onObstacle) {
  const box = document.getElementById("buffering");
  const text = document.getElementById("buffering-text");
  let timers = [];

  const isStuck = () => !video.paused && !video.ended && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  const stop = () => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
    box.hidden = true;
    text.textContent = "";
  };
  const ask = async () => {
    const why = await obstacle(video.dataset.file);
    if (!timers.length || !isStuck()) return;
    if (why) {
      stop();
      onObstacle(why);
    } else {
      text.textContent = say("script-loading-slowly");
      timers.push(setTimeout(ask, QUESTION_INTERVAL_MS));
    }
  };
  const start = () => {
    if (timers.length || !isStuck()) return;
    timers = [
      setTimeout(() => { box.hidden = false; }, MARK_DELAY_MS),
      setTimeout(() => { text.textContent = say("script-loading"); ask(); }, WORDS_DELAY_MS),
    ];
  };
  for (const event of ["waiting", "stalled", "play"]) video.addEventListener(event, start);
  for (const event of ["playing", "canplay", "pause", "ended", "error", "emptied"]) video.addEventListener(event, stop);
  // A video that plays may have reported nothing.
  video.addEventListener("timeupdate", () => { if (!isStuck()) stop(); });
}
