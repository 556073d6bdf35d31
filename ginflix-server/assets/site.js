// On every page: logging out, and how far each movie on it was watched.

import { send } from "./http.js";
import { markCards } from "./position.js";
import { toast } from "./dialog.js";

for (const button of document.querySelectorAll("[data-log-out]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await send("DELETE", "/api/v1/session");
      location.assign("/");
    } catch (refused) {
      button.disabled = false;
      toast(refused.message);
    }
  });
}

markCards(document);
