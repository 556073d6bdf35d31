// The mouse and fingers on the picture, and when the controls are seen: while a viewer does something, and while the movie is
// paused.

import { seekBy, togglePlay } from "./actions.js";
import { flash } from "./status.js";

/** Milliseconds after the last sign of a viewer until the controls are hidden. */
const IDLE_DELAY_MS = 3000;
/** Milliseconds between two taps that belong together. */
const DOUBLE_TAP_INTERVAL_MS = 300;
const TAP_SEEK_SECONDS = 10;

/** Sets up the picture. `toggleFullScreen` may be null. */
export function followPointer(screen, video, { panels, toggleFullScreen }) {
  const { show, hide } = hideWhenIdle(screen, video, panels);
  let closedPanel = false;
  let lastPointer = "mouse";
  let lastTap = -Infinity;

  const tap = (event) => {
    const isDouble = event.timeStamp - lastTap < DOUBLE_TAP_INTERVAL_MS;
    lastTap = event.timeStamp;
    const side = isDouble ? tappedSide(event, screen) : 0;
    if (side) flash(seekBy(video, side * TAP_SEEK_SECONDS) ?? "");
    else if (isDouble) toggleFullScreen?.();
    else if (screen.classList.contains("idle")) show();
    else hide();
  };
  // The panel is closed by a listener of the document, which comes after this one.
  video.addEventListener("pointerdown", () => { closedPanel = panels.isOpen(); });
  video.addEventListener("pointerup", (event) => {
    lastPointer = event.pointerType;
    if (closedPanel || event.button !== 0) return;
    if (event.pointerType === "mouse") flash(togglePlay(video));
    else tap(event);
  });
  video.addEventListener("dblclick", () => {
    if (lastPointer === "mouse") toggleFullScreen?.();
  });
}

/** Returns -1 for the left third of the picture, 1 for the right one, else 0. */
function tappedSide({ clientX }, screen) {
  const { left, width } = screen.getBoundingClientRect();
  const part = (clientX - left) / width;
  if (part < 1 / 3) return -1;
  return part > 2 / 3 ? 1 : 0;
}

function hideWhenIdle(screen, video, panels) {
  let timer;
  // Controls that are not seen keep the focus, and the next key shows them.
  const isNeeded = () => video.paused || panels.isOpen();
  const hide = () => {
    clearTimeout(timer);
    if (!isNeeded()) screen.classList.add("idle");
  };
  const show = () => {
    screen.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(hide, IDLE_DELAY_MS);
  };
  screen.addEventListener("pointermove", ({ pointerType }) => {
    if (pointerType === "mouse") show();
  });
  screen.addEventListener("pointerleave", ({ pointerType }) => {
    if (pointerType === "mouse") hide();
  });
  for (const event of ["keydown", "focusin", "input", "click"]) screen.addEventListener(event, ({ target }) => {
    if (target !== video) show();
  });
  document.addEventListener("keydown", show);
  for (const event of ["play", "pause", "seeking", "ended"]) video.addEventListener(event, show);
  show();
  return { show, hide };
}
