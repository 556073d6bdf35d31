// Files and uploads: choose or drop films, remove files.

import { confirmed, showError, toast } from "./dialog.js";
import { send } from "./http.js";
import { add, isBusy, takeUp, whenFinished } from "./uploads.js";

const drop = document.getElementById("drop");
const chooser = document.getElementById("upload-files");

chooser.addEventListener("change", () => {
  for (const file of chooser.files) add(file);
  // The same file may be chosen again after it was removed.
  chooser.value = "";
});

// Where the browser has handles, it can open the file again after a reload.
document.querySelector("label[for=upload-files]").addEventListener("click", async (event) => {
  if (!globalThis.showOpenFilePicker) return;
  event.preventDefault();
  // Closing the picker is an error, and no reason to say anything.
  const handles = await showOpenFilePicker({ multiple: true }).catch(() => []);
  for (const handle of handles) add(await handle.getFile(), handle);
});

for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) {
  drop.addEventListener(kind, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  // All before the first wait: the items are gone after the event.
  const dropped = [...event.dataTransfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => [item.getAsFile(), item.getAsFileSystemHandle?.().catch(() => null)]);
  dropped.forEach(async ([file, handle]) => take(file, await handle));
});

function take(file, handle) {
  if (!file || handle?.kind === "directory") toast("Folders cannot be uploaded: drop the films in them.");
  else add(file, handle);
}
// A film that misses the field must not replace the page.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => event.preventDefault());
}

addEventListener("beforeunload", (event) => {
  if (isBusy()) event.preventDefault();
});

document.getElementById("files").parentElement.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (button) remove(button.closest("tr"));
});

async function remove(row) {
  const { media, path } = row.dataset;
  const error = document.getElementById("list-error");
  showError(error, null);
  const question = {
    title: "Remove this file?",
    text: `${media} is deleted from the volume. This cannot be undone.`,
    yes: "Remove",
  };
  try {
    if (!(await confirmed(question)) || !(await removeFile(path))) return;
    row.remove();
    toast(`${media} is removed.`);
  } catch (refused) {
    showError(error, `${media}: ${refused.message}`);
  }
}

/** Removes the file; one that a movie plays only after another question. */
async function removeFile(path) {
  try {
    await send("DELETE", path);
  } catch (refused) {
    if (refused.code !== "in_use") throw refused;
    const question = { title: "It is still in use", text: refused.message, yes: "Remove it all the same" };
    if (!(await confirmed(question))) return false;
    await send("DELETE", `${path}?force=true`);
  }
  return true;
}

/** Takes the list of files over from a fresh page. */
async function refresh() {
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("files");
    if (fresh) document.getElementById("files").replaceChildren(...fresh.childNodes);
  } catch {
    // The row above has said that the upload is done; the list can wait.
  }
}

whenFinished(refresh);
takeUp();
