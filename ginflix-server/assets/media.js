// Files and uploads: choose or drop films, watch them go, remove files.

import { confirmed, showError, toast } from "./dialog.js";
import { rough, size } from "./format.js";
import { send } from "./http.js";
import { Rate } from "./rate.js";
import { Upload, mediaName, unfit } from "./tus.js";

const drop = document.getElementById("drop");
const chooser = document.getElementById("upload-files");
const list = document.getElementById("uploads");
const template = document.getElementById("upload-row");
const waiting = [];
let running = false;

chooser.addEventListener("change", () => {
  [...chooser.files].forEach(enqueue);
  // The same file may be chosen again after it was removed.
  chooser.value = "";
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
  [...event.dataTransfer.files].forEach(enqueue);
});
// A film that misses the field must not replace the page.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => event.preventDefault());
}

addEventListener("beforeunload", (event) => {
  if (running || waiting.length) event.preventDefault();
});

document.getElementById("files").parentElement.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (button) remove(button.closest("tr"));
});

/** A row of the list of uploads, and what its buttons do. */
function enqueue(file) {
  const row = template.content.firstElementChild.cloneNode(true);
  const part = (name) => row.querySelector(`.upload-${name}`);
  const name = mediaName(file.name);
  const rate = new Rate();
  const upload = new Upload(file, { name, onProgress, onState });
  part("name").textContent = name;
  part("size").textContent = size(file.size);
  list.append(row);
  const why = unfit(file, name);
  if (why) {
    say(why, true);
    offer(button("Remove from the list", () => row.remove()));
  } else {
    queue();
  }

  function onProgress(bytes) {
    rate.at(bytes);
    part("bar").value = file.size ? bytes / file.size : 1;
    if (bytes >= file.size) {
      say("All sent. The server is checking it.");
      return;
    }
    const left = rough((file.size - bytes) / rate.perSecond);
    const speed = rate.perSecond ? `, ${size(rate.perSecond)}/s, ${left} left` : "";
    say(`${size(bytes)} of ${size(file.size)}${speed}`);
  }

  function onState(state, words) {
    if (state === "waiting") say(`${words} Trying again.`);
    else rate.reset();
  }

  function say(words, problem = false) {
    part("state").textContent = words;
    row.classList.toggle("failed", problem);
  }

  function offer(...actions) {
    part("actions").replaceChildren(...actions);
  }

  function queue() {
    say("Waiting for its turn.");
    offer(button("Remove from the list", () => {
      waiting.splice(waiting.indexOf(start), 1);
      row.remove();
    }));
    waiting.push(start);
    runNext();
  }

  async function start() {
    say("Starting.");
    offer(button("Pause", () => upload.pause()), button("Cancel", cancel));
    try {
      const media = await upload.run();
      part("bar").value = 1;
      say(`Done: ${size(media.size_bytes)}, ${upload.verified ? "every piece verified" : "all of it"}.`);
      offer(link("Add as movie", newMoviePath(name)));
      refresh();
    } catch (error) {
      if (row.isConnected) settle(error);
    }
  }

  function settle(error) {
    const giveUp = button("Cancel", cancel);
    if (error.code === "paused" || upload.paused) {
      say(`Paused at ${size(upload.offset)} of ${size(file.size)}.`);
      offer(button("Go on", queue), giveUp);
    } else if (error.code === "conflict" && !upload.replace) {
      say(error.message, true);
      offer(button("Replace the file on the server", async () => {
        await upload.discard();
        upload.replace = true;
        queue();
      }), giveUp);
    } else {
      say(error.message, true);
      offer(button("Try again", queue), giveUp);
    }
  }

  async function cancel() {
    row.remove();
    await upload.discard();
  }
}

/** One film at a time has the whole line, so the first is there soonest. */
async function runNext() {
  if (running || !waiting.length) return;
  running = true;
  const start = waiting.shift();
  await start();
  running = false;
  runNext();
}

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

function newMoviePath(name) {
  const stem = name.replace(/\.[^.]*$/, "");
  const title = stem.includes(" ") ? stem : stem.split(/[_\-.]+/).filter(Boolean).join(" ");
  return `/admin/movies/new?${new URLSearchParams({ media: name, title })}`;
}

function button(words, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.textContent = words;
  made.addEventListener("click", onClick);
  return made;
}

function link(words, href) {
  const made = document.createElement("a");
  made.className = "button primary";
  made.href = href;
  made.textContent = words;
  return made;
}
