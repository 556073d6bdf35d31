// Lists of movies: more of them without leaving the page, and the choice of a year. Without this script, the site does the
// same with a page load.

import { markCards } from "./position.js";
import { say } from "./say.js";
import { toast } from "./dialog.js";

document.getElementById("year")?.addEventListener("change", (event) => {
  const { form } = event.target;
  // "All years" needs no parameter.
  event.target.disabled = event.target.value === "";
  form.requestSubmit();
});

// A page that comes back from the browser's cache has the choice of the address again.
addEventListener("pageshow", () => {
  const select = document.getElementById("year");
  if (!select) return;
  select.disabled = false;
  select.value = new URLSearchParams(location.search).get("year") ?? "";
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("#more");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  if (link.getAttribute("aria-busy") !== "true") more(link);
});

/** Appends the next page and moves the focus to its first card. */
async function more(link) {
  const text = link.textContent;
  link.setAttribute("aria-busy", "true");
  link.textContent = say("script-loading");
  try {
    const fresh = await load(link.href);
    const cards = [...fresh.querySelectorAll("#cards > li")];
    document.getElementById("cards").append(...cards);
    markCards(document);
    const next = fresh.querySelector("#more");
    if (next) link.href = next.href;
    else link.parentElement.remove();
    cards[0]?.querySelector("a").focus({ preventScroll: true });
    link.textContent = text;
  } catch {
    link.textContent = say("script-try-again");
    toast(say("script-more-failed"));
  } finally {
    link.removeAttribute("aria-busy");
  }
}

async function load(href) {
  const response = await fetch(href, { headers: { accept: "text/html" } });
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = found.getElementById("results");
  if (!response.ok || !fresh) throw new Error(`no results at ${href}`);
  return document.adoptNode(fresh);
}

/** Scrolls the rows of choices to the current choices. */
for (const chosen of document.querySelectorAll(".sorts [aria-current], .chips [aria-current]")) {
  const row = chosen.parentElement;
  const [{ left, right }, bounds] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
  if (left < bounds.left || right > bounds.right) {
    row.scrollLeft += (left + right - bounds.left - bounds.right) / 2;
  }
}
