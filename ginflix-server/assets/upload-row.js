// The row of one upload in the list.

import { roughDuration, size } from "./format.js";
import { say } from "./say.js";

const list = document.getElementById("uploads");
const template = document.getElementById("upload-row");

/** The name, size, progress bar, message and buttons of an upload. */
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

  /** Shows a message; `mood` is "moving", "waiting", "failed" or "done". */
  showMessage(message, mood = "waiting") {
    this.element.dataset.mood = mood;
    this.#part("state").textContent = message;
  }

  /** Sets the progress bar to this number of bytes. */
  setProgress(bytes) {
    this.#part("bar").value = this.bytes ? bytes / this.bytes : 1;
  }

  /** Shows the progress and the speed. */
  showTransfer(bytes, perSecond) {
    this.setProgress(bytes);
    if (bytes >= this.bytes) {
      this.showMessage(say("script-upload-checking"), "moving");
      return;
    }
    this.showMessage(progress(bytes, this.bytes, perSecond), "moving");
  }

  /** Replaces the buttons and links. */
  setActions(...actions) {
    const element = this.#part("actions");
    const hadFocus = element.contains(document.activeElement);
    element.replaceChildren(...actions);
    // Without this, users of the keyboard would lose their place on the page.
    if (hadFocus) element.querySelector("button, a")?.focus();
  }

  remove() {
    this.element.remove();
  }

  get isShown() {
    return this.element.isConnected;
  }
}

/** Formats "5.0 MB of 2.1 GB, 12 MB/s, 3 min left" from bytes and bytes per second; only the first half while the speed is unknown. */
export function progress(sent, all, perSecond) {
  const transferred = say("script-upload-sent", { sent: size(sent), size: size(all) });
  if (!perSecond) return transferred;
  const time = roughDuration((all - sent) / perSecond);
  return say("script-upload-pace", { progress: transferred, speed: size(perSecond), time });
}

export function button(label, onClick, classes = "button small") {
  const element = document.createElement("button");
  element.type = "button";
  element.className = classes;
  element.textContent = label;
  element.addEventListener("click", onClick);
  return element;
}

export function link(label, href) {
  const element = document.createElement("a");
  element.className = "button small primary";
  element.href = href;
  element.textContent = label;
  return element;
}
