// The bar on which a viewer sees and chooses the position.

import { seekTo } from "./actions.js";
import { clock } from "./format.js";
import { lengthOf } from "./length.js";
import { say } from "./say.js";

/** The most ranges that are drawn. */
const MAX_RANGES = 50;
/** While the thumb is dragged, the picture follows at most this often. */
const DRAG_SEEK_INTERVAL_MS = 200;
/** Seconds by which keys move the position. */
const STEPS = { ArrowLeft: -5, ArrowRight: 5, ArrowDown: -5, ArrowUp: 5, PageDown: -60, PageUp: 60 };

/** Sets up the bar. `onPoint(seconds)` is called with the time under the pointer, and with null when there is none. */
export function offerSeekBar(video, { chapterAt, onPoint }) {
  const input = document.getElementById("seek");
  const bar = input.parentElement;
  let isDragging = false;
  let nextSeek = 0;

  const show = (seconds) => {
    const length = lengthOf(video);
    const part = length ? Math.min(1, seconds / length) : 0;
    bar.style.setProperty("--at", part);
    input.max = length || 1;
    input.value = seconds;
    input.disabled = !length;
    input.ariaValueText = say("script-position", { at: clock(seconds), length: clock(length) });
  };
  const refresh = () => {
    if (!isDragging) show(video.currentTime);
  };
  for (const event of ["timeupdate", "seeking", "loadedmetadata", "durationchange", "emptied"]) {
    video.addEventListener(event, refresh);
  }
  refresh();
  drawBuffered(video);

  input.addEventListener("input", () => {
    isDragging = true;
    show(input.valueAsNumber);
    if (performance.now() < nextSeek) return;
    nextSeek = performance.now() + DRAG_SEEK_INTERVAL_MS;
    seekTo(video, input.valueAsNumber);
  });
  input.addEventListener("change", () => {
    isDragging = false;
    seekTo(video, input.valueAsNumber);
  });
  input.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isRtl = getComputedStyle(input).direction === "rtl";
    const step = STEPS[event.key] * (isRtl && event.key.startsWith("Arrow") ? -1 : 1);
    if (!step) return;
    event.preventDefault();
    seekTo(video, video.currentTime + step);
  });
  followPointer(bar, input, video, { chapterAt, onPoint });
}

/** Draws what is loaded. */
function drawBuffered(video) {
  const element = document.getElementById("seek-buffered");
  const draw = () => {
    const length = lengthOf(video);
    const { buffered } = video;
    const ranges = Array.from({ length: length ? Math.min(buffered.length, MAX_RANGES) : 0 }, (_, i) => {
      const range = document.createElement("span");
      const start = buffered.start(i) / length;
      range.style.insetInlineStart = `${start * 100}%`;
      range.style.inlineSize = `${(Math.min(1, buffered.end(i) / length) - start) * 100}%`;
      return range;
    });
    element.replaceChildren(...ranges);
  };
  for (const event of ["progress", "timeupdate", "loadedmetadata", "emptied"]) video.addEventListener(event, draw);
}

/** Shows the time and the chapter under the pointer. */
function followPointer(bar, input, video, { chapterAt, onPoint }) {
  const tip = document.getElementById("seek-tip");
  const hide = () => {
    tip.hidden = true;
    onPoint(null);
  };
  const point = ({ clientX }) => {
    const { left, width } = bar.getBoundingClientRect();
    const length = lengthOf(video);
    if (!length || !width) return;
    const part = Math.min(1, Math.max(0, (clientX - left) / width));
    const seconds = (getComputedStyle(bar).direction === "rtl" ? 1 - part : part) * length;
    document.getElementById("seek-tip-time").textContent = clock(seconds);
    document.getElementById("seek-tip-chapter").textContent = chapterAt(seconds) ?? "";
    tip.hidden = false;
    onPoint(seconds);
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.min(width - half, Math.max(half, clientX - left))}px`;
  };
  input.addEventListener("pointermove", point);
  input.addEventListener("pointerdown", point);
  for (const event of ["pointerleave", "pointercancel"]) input.addEventListener(event, hide);
  input.addEventListener("pointerup", ({ pointerType }) => {
    if (pointerType !== "mouse") hide();
  });
}
