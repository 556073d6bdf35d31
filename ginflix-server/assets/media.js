// The page of files and uploads: chooses or drops files to upload, and removes files.

import { confirmed, showError, toast } from "./dialog.js";
import { say } from "./say.js";
import { send } from "./http.js";
import { add, isBusy, onUploaded, resumeAll } from "./uploads.js";

const drop = document.getElementById("drop");
const chooser = document.getElementById("upload-files");

chooser.addEventListener("change", () => {
  for (const file of chooser.files) add(file);
  // The event fires for the same file again only if the value is cleared.
  chooser.value = "";
});

// A browser with file handles can open the file again after a reload.
document.querySelector("label[for=upload-files]").addEventListener("click", async (event) => {
  if (!globalThis.showOpenFilePicker) return;
  event.preventDefault();
  // Closing the picker without a choice is an error that needs no message.
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
  // The items are only valid during the event, so they are read before the first await.
  const dropped = [...event.dataTransfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => [item.getAsFile(), item.getAsFileSystemHandle?.().catch(() => null)]);
  dropped.forEach(async ([file, handle]) => addDropped(file, await handle));
});

function addDropped(file, handle) {
  if (!file || handle?.kind === "directory") toast(say("script-folders"));
  else add(file, handle);
}
// A file that is dropped beside the form must not replace the page.
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
    title: say("script-remove-file"),
    text: say("script-remove-file-text", { name: media }),
    yes: say("script-remove"),
  };
  try {
    if (!(await confirmed(question)) || !(await removeFile(media, path))) return;
    row.remove();
    toast(say("script-removed", { name: media }));
  } catch (failure) {
    showError(error, say("script-failure-of", { name: media, message: failure.message }));
  }
}

/** Removes the file; if a movie plays it, only after another question. */
async function removeFile(name, path) {
  try {
    await send("DELETE", path);
  } catch (failure) {
    if (failure.code !== "in_use") throw failure;
    const text = say("script-file-in-use-text", { name });
    const question = { title: say("script-file-in-use"), text, yes: say("script-remove-anyway") };
    if (!(await confirmed(question))) return false;
    await send("DELETE", `${path}?force=true`);
  }
  return true;
}

/** Replaces the list of files by that of a newly loaded page. */
async function refresh() {
  try {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("files");
    if (fresh) document.getElementById("files").replaceChildren(...fresh.childNodes);
  } catch {
    // The row of the upload says that it is done; the list can stay as it is.
  }
}

onUploaded(refresh);
resumeAll();
