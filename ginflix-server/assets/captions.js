// Shows the cues of a track of subtitles on the picture: in full screen, above the controls, and as the viewer likes them.

import { layout } from "./caption-layout.js";

/** The most cues that are shown at once. */
const MAX_CUES = 12;

/** Shows the current cues of one track at a time, later by a delay in seconds. */
export class Captions {
  #video;
  #area = document.getElementById("captions");
  #track = null;
  #delay = 0;
  #shown = [];
  #frame = 0;

  constructor(video) {
    this.#video = video;
    const refresh = () => this.#refresh();
    for (const event of ["timeupdate", "seeking", "seeked", "play", "playing", "emptied"]) video.addEventListener(event, refresh);
    // The video of an iPhone in full screen is not in the frame: the browser itself shows the cues then.
    video.addEventListener("webkitbeginfullscreen", () => { if (this.#track) this.#track.mode = "showing"; });
    video.addEventListener("webkitendfullscreen", () => { if (this.#track) this.#track.mode = "hidden"; });
  }

  /** Shows the track of another element; null shows none. */
  show(element) {
    if (this.#track) this.#track.mode = "disabled";
    this.#track = element?.track ?? null;
    // The browser loads the cues of a hidden track, but does not draw them.
    if (this.#track) this.#track.mode = "hidden";
    element?.addEventListener("load", () => this.#refresh(), { once: true });
    this.#refresh();
  }

  get track() {
    return this.#track;
  }

  get delay() {
    return this.#delay;
  }

  /** Shows all cues later by this number of seconds, earlier if it is negative. */
  set delay(seconds) {
    this.#delay = seconds;
    this.#refresh();
  }

  /** Cues begin between the events of the video, so this looks at every frame while it plays. */
  #refresh() {
    cancelAnimationFrame(this.#frame);
    const cues = this.#current();
    if (cues.length !== this.#shown.length || cues.some((cue, i) => cue !== this.#shown[i])) this.#draw(cues);
    if (this.#track && !this.#video.paused) this.#frame = requestAnimationFrame(() => this.#refresh());
  }

  #current() {
    const cues = this.#track?.cues;
    if (!cues) return [];
    const now = this.#video.currentTime - this.#delay;
    const found = [];
    for (let i = 0; i < cues.length && found.length < MAX_CUES; i += 1) {
      const { startTime, endTime } = cues[i];
      if (startTime > now) break; // they are in the order of their starts
      if (now < endTime) found.push(cues[i]);
    }
    return found;
  }

  #draw(cues) {
    this.#shown = cues;
    const stack = document.createElement("div");
    stack.className = "caption-stack";
    const placed = [];
    for (const cue of cues) {
      const place = layout(cue);
      const box = captionBox(cue, place);
      if (place.stacked) stack.append(box);
      else placed.push(box);
    }
    this.#area.replaceChildren(stack, ...placed);
  }
}

function captionBox(cue, place) {
  const box = document.createElement("div");
  box.className = "caption";
  box.dir = "auto";
  const text = document.createElement("span");
  text.append(cue.getCueAsHTML());
  box.append(text);
  box.style.left = `${place.left}%`;
  box.style.width = `${place.width}%`;
  box.style.textAlign = place.align;
  if (!place.stacked) {
    box.dataset.anchor = place.anchor;
    box.style.top = `${place.top}%`;
  }
  return box;
}
