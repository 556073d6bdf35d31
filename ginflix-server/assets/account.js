// The page of the account: its password, its sessions and its history.

import { confirmed, showError, toast } from "./dialog.js";
import { send } from "./http.js";

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
    toast("Your password was changed.");
  } catch (failure) {
    // Here, "forbidden" means that the current password is wrong.
    showError(error, failure.code === "forbidden" ? form.dataset.wrong : failure.message);
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
    toast("That session was ended.");
  });
});

document.getElementById("end-sessions")?.addEventListener("click", ({ currentTarget }) =>
  attempt(currentTarget, async () => {
    await send("DELETE", "/api/v1/account/sessions");
    removeOtherSessions();
    toast("All other sessions were ended.");
  }));

document.getElementById("clear-history").addEventListener("click", ({ currentTarget }) =>
  attempt(currentTarget, async () => {
    const sure = await confirmed({
      title: "Clear your history?",
      text: "The server forgets what you have watched and where you stopped, on all devices. Your list stays.",
      yes: "Clear history",
    });
    if (!sure) return;
    await send("DELETE", "/api/v1/account/history");
    toast("Your history was cleared.");
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
