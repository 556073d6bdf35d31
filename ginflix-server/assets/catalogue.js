// Search as you type, and more of the list without leaving the page.
//
// Both fetch the page that the address names and take its results over, so
// the site does the same without this script, one page load later.

import { markCards } from "./position.js";
import { toast } from "./dialog.js";

const PAUSE_MS = 180;
const field = document.getElementById("q");
const form = field.form;
let typing;
let running;

field.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => show(address(), "replace"), PAUSE_MS);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  show(address(), "push");
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "year") return;
  const { value } = event.target;
  show(address(value), "push").then(() => document.getElementById("year")?.focus());
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

/** The address of what the field says, with the genre, order and year of now. */
function address(year) {
  const now = new URLSearchParams(location.search);
  const wanted = new URLSearchParams();
  const q = field.value.trim();
  const kept = (key) => [key, now.get(key)];
  for (const [key, value] of [["q", q], kept("genre"), ["year", year ?? now.get("year")], kept("sort")]) {
    if (value) wanted.set(key, value);
  }
  const query = wanted.size ? `?${wanted}` : "";
  return (q ? "/search" : "/") + query;
}

/** Puts the results of an address in place; the last one asked for wins. */
async function show(href, history_) {
  running?.abort();
  running = new AbortController();
  form.classList.add("busy");
  const waiting = setTimeout(() => results().classList.add("stale"), 300);
  try {
    const fresh = await load(href, running.signal);
    results().replaceWith(fresh);
    document.title = fresh.dataset.title;
    markCards(fresh);
    revealChoices();
    const tell = fresh.querySelector("#count");
    if (tell) announce(tell);
    if (history_ === "push" && href !== location.pathname + location.search) {
      history.pushState(null, "", href);
    } else if (history_ !== "keep") {
      history.replaceState(null, "", href);
    }
    form.classList.remove("busy");
  } catch (error) {
    if (error.name === "AbortError") return;
    form.classList.remove("busy");
    results().classList.remove("stale");
    toast("The search did not reach the server. Check the connection and try again.");
  } finally {
    clearTimeout(waiting);
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
    toast("The next movies did not arrive. Check the connection and try again.");
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

/** Rows of choices scroll on narrow screens: what is chosen shall be seen. */
function revealChoices() {
  for (const chosen of document.querySelectorAll(".sorts [aria-current], .chips [aria-current]")) {
    const row = chosen.closest(".filters") ?? chosen.parentElement;
    const [{ left, right }, bounds] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
    if (left < bounds.left || right > bounds.right) {
      row.scrollLeft += (left + right - bounds.left - bounds.right) / 2;
    }
  }
}

/** A live region speaks when it changes, not when it is put in place. */
function announce(place) {
  const words = place.textContent;
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = words; });
}

function results() {
  return document.getElementById("results");
}

revealChoices();
