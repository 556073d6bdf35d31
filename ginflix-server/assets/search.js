// The search field of every page: results under the field while somebody types, as a combobox with a list box
// (ARIA Authoring Practices Guide), and the key "/". Without this script, Enter opens the page of the results.

import { preference } from "./preferences.js";
import { say } from "./say.js";

/** Delay between the last key and the search. */
const TYPING_DELAY_MS = 160;
/** Time after which a search says that it is still running. */
const SLOW_SEARCH_MS = 400;
/** Movies in the list; all results have a page of their own. */
const SUGGESTION_COUNT = 8;

const field = document.getElementById("q");
const form = field?.form;
let panel;
let list;
let note;
let status;
let typingTimer;
let running;
/** The text whose results are shown. */
let shownText = "";

if (form) {
  build();
  field.addEventListener("input", () => {
    clearTimeout(typingTimer);
    if (field.value.trim()) typingTimer = setTimeout(search, TYPING_DELAY_MS);
    else close();
  });
  field.addEventListener("keydown", onKey);
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) close();
  });
  // A click must not take the focus away from the field.
  panel.addEventListener("mousedown", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => {
    if (!field.value.trim()) event.preventDefault();
    close();
  });
  addEventListener("pageshow", close);
  document.addEventListener("keydown", onPageKey);
}

/** Adds what only a script can fill. */
function build() {
  panel = element("div", "suggestions");
  panel.hidden = true;
  list = element("div", "suggestion-list");
  list.id = "search-results";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("script-search-results"));
  note = element("p", "suggestions-note");
  panel.append(list, note);
  status = element("p", "hidden");
  status.id = "search-status";
  status.setAttribute("role", "status");
  const key = element("kbd", "search-key", "/");
  key.setAttribute("aria-hidden", "true");
  form.append(key, panel, status);
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-controls", list.id],
    ["aria-expanded", "false"],
    ["aria-keyshortcuts", "/"],
  ]) {
    field.setAttribute(name, value);
  }
}

/** Searches for the text of the field, in place of any search that is still running. */
async function search() {
  running?.abort();
  const request = new AbortController();
  running = request;
  const text = field.value.trim();
  form.classList.add("busy");
  const slowTimer = setTimeout(() => showNote(say("script-search-running")), SLOW_SEARCH_MS);
  try {
    const found = await load(text, request.signal);
    if (running === request) show(text, found);
  } catch (error) {
    if (running !== request || error.name === "AbortError") return;
    showNote(say("script-search-failed"));
  } finally {
    clearTimeout(slowTimer);
    if (running === request) {
      running = null;
      form.classList.remove("busy");
    }
  }
}

async function load(text, signal) {
  const params = new URLSearchParams({ q: text, limit: SUGGESTION_COUNT });
  const response = await fetch(`/api/v1/movies?${params}`, { signal, headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

function show(text, { items, next_cursor: cursor }) {
  shownText = text;
  if (items.length === 0) {
    showNote(say("script-search-nothing", { words: text }));
    return;
  }
  const options = items.map(movieOption);
  if (cursor) options.push(option("suggestion-all", searchUrl(text), say("script-search-all")));
  options.forEach((one, number) => { one.id = `search-result-${number}`; });
  list.replaceChildren(...options);
  note.hidden = true;
  list.hidden = false;
  open();
  const count = items.length;
  announce(cursor ? say("script-search-count-more", { count }) : say("script-search-count", { count }));
}

/** Returns the URL of the narrower poster. */
function smallPoster(path) {
  const url = new URL(path, location.href);
  url.searchParams.set("width", "256");
  return url.href;
}

function movieOption(movie) {
  const one = option("", `/movies/${movie.id}`);
  const image = element("img", "");
  image.alt = "";
  image.width = 400;
  image.height = 600;
  image.src = movie.poster_path ? smallPoster(movie.poster_path) : `/movies/${movie.id}/placeholder.svg`;
  const text = element("span", "suggestion-text");
  const title = element("span", "suggestion-title", movie.title);
  title.dir = "auto";
  text.append(title);
  if (movie.year) text.append(element("span", "quiet", String(movie.year)));
  one.append(image, text);
  return one;
}

/** Builds an option. It is a link, so that it can be opened in another tab as well. */
function option(className, href, text = "") {
  const one = element("a", `suggestion ${className}`.trim(), text);
  one.href = href;
  one.tabIndex = -1;
  one.setAttribute("role", "option");
  one.setAttribute("aria-selected", "false");
  return one;
}

function showNote(text) {
  list.replaceChildren();
  list.hidden = true;
  note.textContent = text;
  note.hidden = false;
  select(null);
  panel.hidden = false;
  field.setAttribute("aria-expanded", "false");
  announce(text);
}

function open() {
  select(null);
  panel.hidden = false;
  field.setAttribute("aria-expanded", "true");
}

/** Closes the list, and gives up a search that is running or waiting. */
function close() {
  clearTimeout(typingTimer);
  running?.abort();
  running = null;
  form.classList.remove("busy");
  panel.hidden = true;
  select(null);
  field.setAttribute("aria-expanded", "false");
  status.textContent = "";
}

function isOpen() {
  return field.getAttribute("aria-expanded") === "true";
}

function onKey(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => selected() && select(options()[0]),
    End: () => selected() && select(options().at(-1)),
    Enter: () => isOpen() && selected() && follow(selected()),
    Escape: () => !panel.hidden && (close(), true),
  }[event.key];
  if (action?.()) event.preventDefault();
}

/** Selects the next or previous option; beyond the ends, the field itself. Opens the list if it is closed. */
function move(step) {
  if (!isOpen()) {
    const text = field.value.trim();
    if (!text || running) return Boolean(text);
    if (text === shownText && options().length > 0) open();
    else search();
    return true;
  }
  const all = options();
  const current = all.indexOf(selected());
  if (current < 0) select(step > 0 ? all[0] : all.at(-1));
  else select(all[current + step] ?? null);
  return true;
}

function options() {
  return [...list.children];
}

function selected() {
  return list.querySelector("[aria-selected=true]");
}

function select(one) {
  selected()?.setAttribute("aria-selected", "false");
  if (!one) {
    field.removeAttribute("aria-activedescendant");
    return true;
  }
  one.setAttribute("aria-selected", "true");
  one.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", one.id);
  return true;
}

function follow(one) {
  location.assign(one.href);
  return true;
}

/** Moves the focus to the field when somebody presses "/" elsewhere, unless keys of one character are switched off. */
function onPageKey(event) {
  if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !preference("keys")) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function searchUrl(text) {
  return `/search?${new URLSearchParams({ q: text })}`;
}

/** Makes screen readers read a text. */
function announce(text) {
  status.textContent = text;
}

function element(name, className, text = "") {
  const one = document.createElement(name);
  if (className) one.className = className;
  one.textContent = text;
  return one;
}
