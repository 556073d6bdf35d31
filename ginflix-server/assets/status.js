// Tells users of screen readers what a key or a control has done.

/** Announces a message. */
export function announce(message) {
  document.getElementById("player-status").textContent = message;
}
