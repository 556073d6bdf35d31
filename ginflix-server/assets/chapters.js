// The list of chapters, their marks on the bar, and the keys that go from one to the next.

import { seek } from "./resume.js";
import { lengthOf } from "./length.js";
import { say } from "./say.js";
import { announce } from "./status.js";

/** Seconds after which the key for the previous chapter returns to the start of this one. */
const RESTART_SECONDS = 3;

/** Sets up the list; `onChoose` is called after a choice in it. Returns the functions of the keys and `titleAt`; null without chapters. */
export function offerChapters(video, onChoose) {
  const panel = document.getElementById("chapters");
  if (!panel) return null;
  const buttons = [...panel.querySelectorAll("[data-start]")];
  const starts = buttons.map((button) => Number(button.dataset.start));
  const titles = buttons.map((button) => button.querySelector(".chapter-title").textContent);
  drawMarks(starts, video);

  const go = (at) => {
    seek(video, starts[at]);
    show(at);
    announce(say("script-chapter", { number: at + 1, title: titles[at] }));
    return titles[at];
  };
  let shown;
  const show = (at) => {
    if (at === shown) return;
    shown = at;
    for (const [i, button] of buttons.entries()) button.setAttribute("aria-current", i === at);
    document.getElementById("chapter-now").textContent = titles[at] ?? "";
  };
  for (const [at, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      go(at);
      onChoose();
    });
  }
  const showCurrent = () => {
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING) show(chapterAt(starts, video.currentTime));
  };
  video.addEventListener("timeupdate", showCurrent);
  video.addEventListener("loadedmetadata", showCurrent);
  show(0);
  return {
    titleAt: (seconds) => titles[chapterAt(starts, seconds)],
    next: () => {
      const at = chapterAt(starts, video.currentTime) + 1;
      return at < starts.length ? go(at) : say("script-last-chapter");
    },
    previous: () => {
      const at = chapterAt(starts, video.currentTime);
      return go(Math.max(0, video.currentTime - starts[at] > RESTART_SECONDS ? at : at - 1));
    },
  };
}

/** Returns the number of the chapter at this time; -1 before the first. */
function chapterAt(starts, seconds) {
  // A seek may end a little before the time that was asked for.
  return starts.findLastIndex((start) => start <= seconds + 0.05);
}

/** Draws a gap in the bar where each chapter starts. */
function drawMarks(starts, video) {
  const draw = () => {
    const length = lengthOf(video);
    const marks = starts.filter((start) => start > 0 && start < length).map((start) => {
      const mark = document.createElement("span");
      mark.style.insetInlineStart = `${(start / length) * 100}%`;
      return mark;
    });
    document.getElementById("chapter-marks").replaceChildren(...marks);
  };
  video.addEventListener("loadedmetadata", draw);
  draw();
}
