// The dialog with the address of a movie's page, for others: from the start, or from the present position.

import { clock } from "./format.js";
import { say } from "./say.js";

/** Sets the dialog and its button up. */
export function offerShare(video) {
  const dialog = document.getElementById("share");
  const opener = document.getElementById("show-share");
  const address = document.getElementById("share-address");
  const start = document.getElementById("share-start");
  const status = document.getElementById("share-status");
  const more = document.getElementById("share-more");
  let seconds = 0;

  const show = () => {
    const url = new URL(location.pathname, location.href);
    // `start.js` reads it.
    if (start.checked) url.searchParams.set("t", seconds);
    address.value = url.href;
    status.textContent = "";
  };
  opener.addEventListener("click", () => {
    seconds = Math.floor(video.currentTime);
    document.getElementById("share-start-label").textContent = say("script-share-start", { time: clock(seconds) });
    start.checked = false;
    // The start needs no choice.
    start.disabled = seconds === 0;
    show();
    dialog.showModal();
  });
  dialog.addEventListener("close", () => opener.focus());
  start.addEventListener("change", show);
  document.getElementById("share-copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address.value);
      status.textContent = say("script-share-copied");
    } catch {
      // Without TLS, browsers have no clipboard for pages.
      address.focus();
      address.select();
      status.textContent = say("script-share-selected");
    }
  });
  if (!navigator.share) return;
  more.hidden = false;
  more.addEventListener("click", () => {
    // To change one's mind is no error.
    navigator.share({ title: video.ariaLabel, url: address.value }).catch(() => {});
  });
}
