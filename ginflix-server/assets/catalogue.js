// Search while typing, and more results without leaving the page.
//
// Both fetch the page of the new URL and take its results. Without this script, the site does the
// same with a page load.

import { markCards } from "./position.js";
import { toast } from "./dialog.js";

/** Delay between the last key and the search. */
const TYPING_DELAY_MS = 180;
/** Time after which old results are dimmed during a search. */
const STALE_DELAY_MS = 300;
const field = document.getElementById("q");
const form = field.form;
let typingTimer;
let running;

field.addEventListener("input", () => {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => show(searchUrl(), "replace"), TYPING_DELAY_MS);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typingTimer);
  show(searchUrl(), "push");
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "year") return;
  const { value } = event.target;
  show(searchUrl(value), "push").then(() => document.getElementById("year")?.focus());
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("#more");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  more(link);
});

addEventListener("popstate", () => {
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show(location.href, "keep");
});

/** Builds the URL of a search for the field's text, with the current genre, order and year. */
function searchUrl(year) {
  const current = new URLSearchParams(location.search);
  const params = new URLSearchParams();
  const q = field.value.trim();
  const unchanged = (key) => [key, current.get(key)];
  for (const [key, value] of [["q", q], unchanged("genre"), ["year", year ?? current.get("year")], unchanged("sort")]) {
    if (value) params.set(key, value);
  }
  const query = params.size ? `?${params}` : "";
  return (q ? "/search" : "/") + query;
}

/**
 * Shows the results of a URL; a later call cancels an earlier one. `historyMode` is "push",
 * "replace" or "keep".
 */
async function show(href, historyMode) {
  running?.abort();
  running = new AbortController();
  form.classList.add("busy");
  const staleTimer = setTimeout(() => results().classList.add("stale"), STALE_DELAY_MS);
  try {
    const fresh = await load(href, running.signal);
    results().replaceWith(fresh);
    document.title = fresh.dataset.title;
    markCards(fresh);
    revealChoices();
    const count = fresh.querySelector("#count");
    if (count) announce(count);
    if (historyMode === "push" && href !== location.pathname + location.search) {
      history.pushState(null, "", href);
    } else if (historyMode !== "keep") {
      history.replaceState(null, "", href);
    }
    form.classList.remove("busy");
  } catch (error) {
    if (error.name === "AbortError") return;
    form.classList.remove("busy");
    results().classList.remove("stale");
    toast("The server cannot be reached. Check the connection and try again.");
  } finally {
    clearTimeout(staleTimer);
  }
}

/** Appends the next page and moves the focus to its first card. */
async function more(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const fresh = await load(link.href);
    const cards = [...fresh.querySelectorAll("#cards > li")];
    document.getElementById("cards").append(...cards);
    markCards(document);
    const next = fresh.querySelector("#more");
    if (next) link.href = next.href;
    else link.parentElement.remove();
    cards[0]?.querySelector("a").focus({ preventScroll: true });
  } catch {
    toast("The next movies could not be loaded. Check the connection and try again.");
  } finally {
    link.removeAttribute("aria-busy");
  }
}

async function load(href, signal) {
  const response = await fetch(href, { signal, headers: { accept: "text/html" } });
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = found.getElementById("results");
  if (!fresh) throw new Error(`no results at ${href}`);
  return document.adoptNode(fresh);
}

/** Scrolls the rows of choices, which do not fit narrow screens, to the current choices. */
function revealChoices() {
  for (const chosen of document.querySelectorAll(".sorts [aria-current], .chips [aria-current]")) {
    const row = chosen.closest(".filters") ?? chosen.parentElement;
    const [{ left, right }, bounds] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
    if (left < bounds.left || right > bounds.right) {
      row.scrollLeft += (left + right - bounds.left - bounds.right) / 2;
    }
  }
}

/** Makes screen readers read a live region, which they do when it changes, not when it is added. */
function announce(element) {
  const text = element.textContent;
  element.textContent = "";
  requestAnimationFrame(() => { element.textContent = text; });
}

function results() {
  return document.getElementById("results");
}

revealChoices();
