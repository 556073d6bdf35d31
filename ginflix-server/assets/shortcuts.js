// Keyboard shortcuts of the player.

import * as actions from "./actions.js";
import { prefer, preference } from "./preferences.js";
import { announce, flash } from "./status.js";

/** Keys that move within a list or a slider, or scroll, where that has the focus. */
const MOVING_KEYS = new Set(["arrowleft", "arrowright", "arrowup", "arrowdown", "home", "end", "pageup", "pagedown"]);

/**
 * Handles keys on the whole page, except those for input fields and open dialogs. `more` has functions for other keys, which
 * return a message to show, or nothing, and announce it themselves. Viewers can switch off the keys that are one character (WCAG 2.1.4).
 */
export function shortcuts(video, more) {
  const sheet = document.getElementById("shortcuts");
  const open = () => sheet.open || sheet.showModal();
  document.getElementById("show-shortcuts").addEventListener("click", open);
  const isOn = document.getElementById("keys-on");
  isOn.checked = preference("keys");
  isOn.addEventListener("change", () => prefer("keys", isOn.checked));

  const ownKeys = {
    k: () => actions.togglePlay(video),
    " ": () => actions.togglePlay(video),
    j: () => actions.seekBy(video, -10),
    l: () => actions.seekBy(video, 10),
    arrowleft: () => actions.seekBy(video, -5),
    arrowright: () => actions.seekBy(video, 5),
    home: () => actions.seekToEdge(video, false),
    end: () => actions.seekToEdge(video, true),
    m: () => actions.toggleMute(video),
    arrowup: () => actions.changeVolume(video, 0.05),
    arrowdown: () => actions.changeVolume(video, -0.05),
    "<": () => actions.stepRate(video, -1),
    ">": () => actions.stepRate(video, 1),
    i: () => actions.togglePictureInPicture(video),
  };
  for (let digit = 0; digit <= 9; digit += 1) ownKeys[digit] = () => actions.seekToTenth(video, digit);
  const announced = (action) => () => {
    const message = action();
    if (message) announce(message);
    return message;
  };
  const keys = { "?": () => { open(); }, ...more };
  for (const [key, action] of Object.entries(ownKeys)) keys[key] = announced(action);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const name = event.key.toLowerCase();
    const action = (event.shiftKey && keys[`shift+${name}`]) || keys[name];
    if (!action || isForFocused(event.target, name)) return;
    if (name.length === 1 && name !== " " && !isOn.checked) return;
    event.preventDefault();
    const message = action();
    if (message) flash(message);
  }, { capture: true });
}

/** Returns whether the focused element handles this key itself. */
function isForFocused(target, key) {
  if (target.closest("textarea, select, [contenteditable]")) return true;
  const input = target.closest("input");
  if (input && !["radio", "checkbox", "range"].includes(input.type)) return true;
  if (input && (key === " " ? input.type !== "range" : MOVING_KEYS.has(key))) return true;
  if (key === " ") return target.closest("a, button, summary") !== null;
  // Outside of the player, these scroll the page.
  return MOVING_KEYS.has(key) && target.closest(".player-panel, .about, header, footer") !== null;
}
