// The log-in form.

import { send } from "./http.js";
import { say } from "./say.js";
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
  } catch (failure) {
    // Here, "unauthenticated" means a wrong name or password.
    showError(error, failure.code === "unauthenticated" ? say("script-error-wrong-password") : failure.message);
    form.elements.password.select();
    button.disabled = false;
  }
});

/** Returns the URL if it is one of this site, else "/". The server has checked it too. */
function onThisSite(next) {
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.href : "/";
}
