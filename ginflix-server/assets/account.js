// The page of the account: its password, its sessions and its history.

import { confirmed, showError, toast } from "./dialog.js";
import { send } from "./http.js";
import { say } from "./say.js";

const form = document.getElementById("password-form");
const error = document.getElementById("password-error");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  const { current, fresh } = form.elements;
  button.disabled = true;
  showError(error, null);
  try {
    const json = { current_password: current.value, new_password: fresh.value };
    await send("PUT", "/api/v1/account/password", { json });
    form.reset();
    removeOtherSessions();
    toast(say("script-password-changed"));
  } catch (failure) {
    // Here, "forbidden" means that the current password is wrong.
    showError(error, failure.code === "forbidden" ? say("script-password-wrong") : failure.message);
    (failure.code === "invalid" ? fresh : current).select();
  } finally {
    button.disabled = false;
  }
});

document.getElementById("sessions").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-end-session]");
  if (!button) return;
  const row = button.closest("[data-session]");
  await attempt(button, async () => {
    await send("DELETE", `/api/v1/account/sessions/${row.dataset.session}`);
    row.remove();
    if (!document.querySelector("[data-end-session]")) removeOtherSessions();
    toast(say("script-session-ended"));
  });
});

document.getElementById("end-sessions")?.addEventListener("click", ({ currentTarget }) =>
  attempt(currentTarget, async () => {
    await send("DELETE", "/api/v1/account/sessions");
    removeOtherSessions();
    toast(say("script-sessions-ended"));
  }));

document.getElementById("clear-history").addEventListener("click", ({ currentTarget }) =>
  attempt(currentTarget, async () => {
    const sure = await confirmed({
      title: say("script-clear-history"),
      text: say("script-clear-history-text"),
      yes: say("script-clear-history-yes"),
    });
    if (!sure) return;
    await send("DELETE", "/api/v1/account/history");
    toast(say("script-history-cleared"));
  }));

/** Does something while its button is disabled, and shows why it failed. */
async function attempt(button, action) {
  button.disabled = true;
  try {
    await action();
  } catch (failure) {
    toast(failure.message);
  } finally {
    button.disabled = false;
  }
}

/** Removes the ended sessions from the page, and the button that ends them all. */
function removeOtherSessions() {
  for (const button of document.querySelectorAll("[data-end-session]")) button.closest("[data-session]").remove();
  document.getElementById("end-sessions")?.parentElement.remove();
}
