// The control bar of the player: its buttons, and when it is seen.

import { RATES, seekBy, setRate, togglePictureInPicture, togglePlay } from "./actions.js";
import { fillChoices } from "./choices.js";
import { clock } from "./format.js";
import { lengthOf } from "./length.js";
import { setUpPanels } from "./panels.js";
import { prefer, preference } from "./preferences.js";
import { say } from "./say.js";

/** Shows the bar instead of the browser's own controls, and connects its buttons. Returns the panels. */
export function offerControls(video) {
  const controls = document.getElementById("controls");
  video.controls = false;
  controls.hidden = false;
  offerPlay(video);
  offerClock(video);
  offerSpeeds(video);
  document.getElementById("back").addEventListener("click", () => seekBy(video, -10));
  document.getElementById("forward").addEventListener("click", () => seekBy(video, 10));
  const pip = document.getElementById("pip");
  pip.hidden = !document.pictureInPictureEnabled || !("hasPicture" in video.dataset);
  pip.addEventListener("click", () => togglePictureInPicture(video));
  return setUpPanels(controls, (isOpen) => controls.classList.toggle("has-panel", isOpen));
}

function offerPlay(video) {
  const button = document.getElementById("play");
  const big = document.getElementById("big-play");
  const refresh = () => {
    button.dataset.state = video.paused ? "paused" : "playing";
    button.ariaLabel = video.paused ? say("player-play") : say("player-pause");
    button.title = `${button.ariaLabel} (K)`;
  };
  for (const event of ["play", "pause", "ended", "emptied"]) video.addEventListener(event, refresh);
  refresh();
  button.addEventListener("click", () => togglePlay(video));
  big.hidden = !video.paused;
  big.addEventListener("click", () => {
    togglePlay(video);
    button.focus({ preventScroll: true });
  });
  video.addEventListener("play", () => { big.hidden = true; });
}

function offerClock(video) {
  const button = document.getElementById("clock");
  const now = document.getElementById("clock-now");
  let showsLeft = preference("showsTimeLeft");
  let shown = "";
  const refresh = () => {
    const length = lengthOf(video);
    const text = showsLeft && length ? `−${clock(length - video.currentTime)}` : clock(video.currentTime);
    if (text === shown) return;
    shown = text;
    now.textContent = text;
    document.getElementById("clock-end").textContent = clock(length);
  };
  button.addEventListener("click", () => {
    showsLeft = !showsLeft;
    prefer("showsTimeLeft", showsLeft);
    button.title = showsLeft ? say("script-show-played") : say("player-show-left");
    refresh();
  });
  for (const event of ["timeupdate", "seeking", "loadedmetadata", "durationchange"]) video.addEventListener(event, refresh);
  refresh();
}

function offerSpeeds(video) {
  const list = fillChoices(document.getElementById("speeds"), (value) => setRate(video, Number(value)));
  const rate = preference("rate");
  list.replace(RATES.map((value) => ({ value, text: say("script-rate", { rate: value }) })), rate);
  if (RATES.includes(rate)) setRate(video, rate);
  video.addEventListener("ratechange", () => list.show(video.playbackRate));
}
