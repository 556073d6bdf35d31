// The next movie of a collection, which starts by itself a few seconds after the end of this one.

import { prefer, preference } from "./preferences.js";
import { say } from "./say.js";
import { announce } from "./status.js";

const COUNTDOWN_SECONDS = 10;

/** Sets up the offer. Returns the function that goes to the next movie; null if there is none. */
export function offerUpNext(video) {
  const box = document.getElementById("up-next");
  if (!box) return null;
  const count = document.getElementById("up-next-count");
  const isOn = document.getElementById("up-next-on");
  let timer = null;

  const go = () => location.assign(box.dataset.href);
  const stop = () => {
    clearInterval(timer);
    timer = null;
    count.textContent = "";
  };
  const hide = () => {
    stop();
    box.hidden = true;
  };
  const start = () => {
    box.hidden = false;
    const title = box.querySelector("strong").textContent;
    const seconds = COUNTDOWN_SECONDS;
    announce(isOn.checked ? say("script-up-next-in", { seconds, title }) : say("script-up-next", { title }));
    document.getElementById("up-next-go").focus({ preventScroll: true });
    if (!isOn.checked) return;
    const end = performance.now() + COUNTDOWN_SECONDS * 1000;
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      count.textContent = say("script-starts-in", { seconds: Math.max(1, left) });
      if (left > 0) return;
      stop();
      go();
    };
    tick();
    timer = setInterval(tick, 250);
  };

  isOn.checked = preference("upNext");
  isOn.addEventListener("change", () => {
    prefer("upNext", isOn.checked);
    if (!isOn.checked) stop();
  });
  document.getElementById("up-next-cancel").addEventListener("click", () => {
    hide();
    video.focus();
  });
  box.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
  video.addEventListener("ended", start);
  for (const event of ["play", "seeking", "emptied"]) video.addEventListener(event, hide);
  return go;
}
