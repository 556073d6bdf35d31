// The list of chapters, their marks under the picture, and the keys that go from one to the next.

import { seek } from "./resume.js";
import { announce } from "./status.js";

/** Seconds after which the key for the previous chapter returns to the start of this one. */
const RESTART_SECONDS = 3;

/** Sets up the list. Returns the functions of the keys; null without chapters. */
export function offerChapters(video) {
  const details = document.getElementById("chapters");
  if (!details) return null;
  const buttons = [...details.querySelectorAll("[data-start]")];
  const starts = buttons.map((button) => Number(button.dataset.start));
  const titles = buttons.map((button) => button.querySelector(".chapter-title").textContent);
  const marks = drawMarks(starts, video);
  document.getElementById("player-bar").hidden = false;
  closeWhenLeft(details);

  const go = (at) => {
    seek(video, starts[at]);
    show(at);
    announce(`Chapter ${at + 1}: ${titles[at]}`);
    return titles[at];
  };
  let shown;
  const show = (at) => {
    if (at === shown) return;
    shown = at;
    for (const [i, button] of buttons.entries()) button.setAttribute("aria-current", i === at);
    for (const [i, mark] of marks.entries()) mark.classList.toggle("current", i === at);
    document.getElementById("chapter-now").textContent = titles[at] ?? "";
  };
  for (const [at, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      details.open = false;
      go(at);
      details.querySelector("summary").focus();
    });
  }
  for (const [at, mark] of marks.entries()) mark.addEventListener("click", () => go(at));
  const showCurrent = () => {
    if (video.readyState > HTMLMediaElement.HAVE_NOTHING) show(chapterAt(starts, video.currentTime));
  };
  video.addEventListener("timeupdate", showCurrent);
  video.addEventListener("loadedmetadata", showCurrent);
  show(0);
  return {
    next: () => {
      const at = chapterAt(starts, video.currentTime) + 1;
      return at < starts.length ? go(at) : "Last chapter";
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

/** Draws a bar of one part for each chapter, as long as the chapter is; returns the parts. */
function drawMarks(starts, video) {
  const bar = document.getElementById("chapter-marks");
  const end = Number(video.dataset.duration);
  if (!(end > starts.at(-1))) return [];
  const marks = starts.map((start, at) => {
    const mark = document.createElement("span");
    mark.style.flexGrow = ((starts[at + 1] ?? end) - start) / end;
    return mark;
  });
  bar.replaceChildren(...marks);
  bar.hidden = false;
  return marks;
}

/** Closes the list on Escape, and when the focus or a click goes elsewhere. */
function closeWhenLeft(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
  const closeOutside = (event) => {
    if (!details.contains(event.target)) details.open = false;
  };
  document.addEventListener("pointerdown", closeOutside);
  document.addEventListener("focusin", closeOutside);
  // The list opens at the current chapter.
  details.addEventListener("toggle", () => {
    if (details.open) details.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  });
}
