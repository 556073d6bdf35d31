// The buttons of an account on the page of a movie: its list, and whether it has watched the movie.

import { clearPosition } from "./position.js";
import { send } from "./http.js";
import { say } from "./say.js";
import { toast } from "./dialog.js";

const { movieId } = document.getElementById("movie-actions").dataset;

/** Makes a button switch between two states: each has its text and the message after it is reached. */
function toggle(button, path, { on, off }, changed = () => {}) {
  button.addEventListener("click", async () => {
    const isOn = button.dataset.on !== "true";
    button.disabled = true;
    try {
      await send(isOn ? "PUT" : "DELETE", `/api/v1/account/${path}/${movieId}`);
      button.dataset.on = isOn;
      button.textContent = (isOn ? on : off).text;
      toast((isOn ? on : off).message);
      changed();
    } catch (failure) {
      toast(failure.message);
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}

toggle(document.getElementById("toggle-listed"), "list", {
  on: { text: say("watching-on-list"), message: say("script-listed") },
  off: { text: say("watching-add-to-list"), message: say("script-unlisted") },
});
toggle(
  document.getElementById("toggle-watched"),
  "history",
  {
    on: { text: say("watching-watched"), message: say("script-marked") },
    off: { text: say("watching-mark"), message: say("script-unmarked") },
  },
  () => clearPosition(movieId),
);
