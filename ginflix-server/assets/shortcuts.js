// Keyboard shortcuts of the player.

const flashElement = document.getElementById("player-flash");
let fading;

/**
 * Handles keys on the whole page, except those for input fields, buttons and open dialogs. `more` has functions for other
 * keys, which return a message to show, or nothing.
 */
export function shortcuts(video, more) {
  const sheet = document.getElementById("shortcuts");
  const open = () => sheet.open || sheet.showModal();
  const button = document.getElementById("show-shortcuts");
  button.hidden = false;
  button.addEventListener("click", open);

  const keys = {
    k: () => toggle(video),
    j: () => seek(video, -10),
    l: () => seek(video, 10),
    m: () => mute(video),
    f: () => fullScreen(video),
    "?": open,
    " ": () => toggle(video),
    arrowleft: () => seek(video, -5),
    arrowright: () => seek(video, 5),
    arrowup: () => changeVolume(video, 0.05),
    arrowdown: () => changeVolume(video, -0.05),
  };
  for (const [key, action] of Object.entries(more)) {
    keys[key] = () => {
      const message = action();
      if (message) flash(message);
    };
  }
  for (let digit = 0; digit <= 9; digit += 1) keys[digit] = () => seekToTenth(video, digit);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || sheet.open) return;
    const action = keys[event.key.toLowerCase()];
    if (!action || needsKey(event.target, event.key)) return;
    event.preventDefault();
    action();
  }, { capture: true });
}

/** Returns whether the focused element handles this key itself. */
function needsKey(target, key) {
  if (target.closest("input, textarea, select, [contenteditable]")) return true;
  return key === " " && target.closest("a, button, summary") !== null;
}

function toggle(video) {
  if (video.paused) video.play().catch(() => {});
  else video.pause();
  flash(video.paused ? "Paused" : "Playing");
}

function seek(video, seconds) {
  if (!Number.isFinite(video.duration)) return;
  video.currentTime = Math.min(video.duration, Math.max(0, video.currentTime + seconds));
  flash(`${seconds > 0 ? "+" : "−"}${Math.abs(seconds)} s`);
}

function seekToTenth(video, tenth) {
  if (!Number.isFinite(video.duration)) return;
  video.currentTime = (video.duration * tenth) / 10;
  flash(`${tenth * 10} %`);
}

function changeVolume(video, step) {
  video.volume = Math.min(1, Math.max(0, Math.round((video.volume + step) * 100) / 100));
  if (step > 0) video.muted = false;
  flash(`Volume ${Math.round(video.volume * 100)} %`);
}

function mute(video) {
  video.muted = !video.muted;
  flash(video.muted ? "Sound off" : "Sound on");
}

function fullScreen(video) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (video.requestFullscreen) video.requestFullscreen().catch(() => {});
  else video.webkitEnterFullscreen?.();
}

function flash(message) {
  flashElement.textContent = message;
  flashElement.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => flashElement.classList.remove("shown"), 700);
}
