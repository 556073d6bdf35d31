// One upload in the list: what it shows.

import { rough, size } from "./format.js";

const list = document.getElementById("uploads");
const template = document.getElementById("upload-row");

export class Row {
  constructor(name, bytes) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.bytes = bytes;
    this.#part("name").textContent = name;
    this.#part("size").textContent = size(bytes);
    list.append(this.element);
  }

  #part(name) {
    return this.element.querySelector(`.upload-${name}`);
  }

  /** `mood` is "moving", "waiting", "failed" or "done". */
  say(words, mood = "waiting") {
    this.element.dataset.mood = mood;
    this.#part("state").textContent = words;
  }

  /** How far it is, without words. */
  reach(bytes) {
    this.#part("bar").value = this.bytes ? bytes / this.bytes : 1;
  }

  /** How far it is, and how fast. */
  progress(bytes, perSecond) {
    this.reach(bytes);
    if (bytes >= this.bytes) {
      this.say("All sent. The server is checking it.", "moving");
      return;
    }
    this.say(`${size(bytes)} of ${size(this.bytes)}${pace(this.bytes - bytes, perSecond)}`, "moving");
  }

  /** Buttons and links, in this order. */
  offer(...actions) {
    const place = this.#part("actions");
    const focused = place.contains(document.activeElement);
    place.replaceChildren(...actions);
    // Whoever works by keyboard must not lose the place.
    if (focused) place.querySelector("button, a")?.focus();
  }

  remove() {
    this.element.remove();
  }

  get isShown() {
    return this.element.isConnected;
  }
}

/** ", 12 MB/s, 3 min left"; nothing while it cannot be told. */
export function pace(left, perSecond) {
  return perSecond ? `, ${size(perSecond)}/s, ${rough(left / perSecond)} left` : "";
}

export function button(words, onClick, look = "button small") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = words;
  made.addEventListener("click", onClick);
  return made;
}

export function link(words, href) {
  const made = document.createElement("a");
  made.className = "button small primary";
  made.href = href;
  made.textContent = words;
  return made;
}
