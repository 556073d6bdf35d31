// On every page: search, log-out, and marks of how far each movie was watched.

import "./search.js";
import { send } from "./http.js";
import { clearAllPositions } from "./position-browser.js";
import { markCards } from "./position.js";
import { toast } from "./dialog.js";

for (const button of document.querySelectorAll("[data-log-out]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await send("DELETE", "/api/v1/session");
      // Whoever uses this browser next does not see what was watched in it.
      clearAllPositions();
      location.assign("/");
    } catch (failure) {
      button.disabled = false;
      toast(failure.message);
    }
  });
}

markCards(document);
