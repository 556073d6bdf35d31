// Logging in, with the server's own words when it refuses.

import { send } from "./http.js";
import { showError } from "./dialog.js";

const form = document.getElementById("login-form");
const error = document.getElementById("login-error");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  showError(error, null);
  try {
    const { name, password } = form.elements;
    await send("POST", "/api/v1/session", { json: { name: name.value, password: password.value } });
    location.replace(onThisSite(form.dataset.next));
  } catch (refused) {
    showError(error, refused.message);
    form.elements.password.select();
    button.disabled = false;
  }
});

/** The server has looked at it already; a second look costs nothing. */
function onThisSite(next) {
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.href : "/";
}
