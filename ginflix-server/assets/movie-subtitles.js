// The subtitles of a movie's file, in the form of the movie: lists, adds and removes them through the API.

import { showError } from "./dialog.js";
import { language as pageLanguage, say } from "./say.js";
import { send } from "./http.js";

/** Sets up the list for the media file of this name. */
export function manageSubtitles(media) {
  const section = document.getElementById("subtitles");
  if (!section) return;
  const path = `/api/v1/media/${encodeURIComponent(media)}/subtitles`;
  const list = document.getElementById("subtitles-list");
  const error = document.getElementById("subtitles-error");
  const input = document.getElementById("subtitles-file");

  const attempt = async (action) => {
    input.disabled = true;
    showError(error, null);
    try {
      await action();
    } catch (failure) {
      showError(error, failure.message);
      error.focus();
    }
    input.disabled = false;
  };
  const refresh = async () => {
    const { items } = await send("GET", path);
    list.replaceChildren(...items.map((subtitles) => row(subtitles, remove)));
  };
  const remove = (id) => attempt(async () => {
    await send("DELETE", `${path}/${id}`);
    await refresh();
    input.focus();
  });
  input.addEventListener("change", () => attempt(async () => {
    const problems = [];
    try {
      for (const file of input.files) {
        const query = new URLSearchParams({ file_name: file.name });
        const added = await send("POST", `${path}?${query}`, { body: file });
        problems.push(...added.problems.map((problem) => `${file.name}: ${problem}`));
      }
    } finally {
      input.value = "";
      await refresh();
    }
    if (problems.length) throw new Error(problems.join(" "));
  }));
  attempt(refresh);
}

function row({ id, language, title, forced, hearing_impaired: impaired, default: isDefault, file_name: name }, remove) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  const purposes = [
    isDefault && say("script-subtitles-default"),
    forced && say("script-subtitles-forced"),
    impaired && say("script-subtitles-impaired"),
    title,
  ].filter(Boolean);
  const spoken = languageName(language);
  const label = { language: spoken, purposes: purposes.join(", ") };
  text.textContent = purposes.length ? say("script-subtitles-purposes", label) : spoken;
  text.title = name;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = say("script-remove");
  button.setAttribute("aria-label", say("script-subtitles-remove", { name }));
  button.addEventListener("click", () => remove(id));
  item.append(text, button);
  return item;
}

/** Returns the name of a language, in the language of the page. */
function languageName(language) {
  if (!language) return say("script-language-unknown");
  try {
    return new Intl.DisplayNames([pageLanguage], { type: "language" }).of(language);
  } catch {
    return language;
  }
}
