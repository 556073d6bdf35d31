// Tells viewers what a key or a control has done: those who see by a word on the picture, those who hear by a screen reader.

const FLASH_MS = 900;

const flashElement = document.getElementById("player-flash");
let fading;

/** Announces a message to screen readers. */
export function announce(message) {
  document.getElementById("player-status").textContent = message;
}

/** Shows a message on the picture for a moment. */
export function flash(message) {
  flashElement.textContent = message;
  flashElement.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => flashElement.classList.remove("shown"), FLASH_MS);
}
