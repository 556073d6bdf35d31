// The row of movies to continue. The server fills it for accounts; for visitors, only this browser knows what to show.

import "./watching.js";
import { latestPositions } from "./position-browser.js";
import { markCards, savedPosition } from "./position.js";
import { roughDuration } from "./format.js";
import { say } from "./say.js";

/** Largest number of movies in the row, as on the server. */
const MAX_MOVIES = 20;

async function fill() {
  const section = document.querySelector("#continue[data-visitor]");
  const ids = section ? latestPositions().slice(0, MAX_MOVIES) : [];
  if (!ids.length) {
    if (section) hide(section);
    return;
  }
  // Commas need no encoding in a query.
  const response = await fetch(`/continue?movies=${ids.map(encodeURIComponent).join(",")}`);
  if (!response.ok) {
    hide(section);
    return;
  }
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  const cards = [...found.querySelectorAll("li")].map((card) => document.adoptNode(card));
  for (const card of cards) {
    const { at, of } = savedPosition(card.querySelector("a").dataset.movieId) ?? { at: 0, of: 0 };
    if (of > at) card.querySelector(".card-facts").textContent = say("watching-left", { time: roughDuration(of - at) });
  }
  section.querySelector("ul").replaceChildren(...cards);
  if (cards.length) {
    section.hidden = false;
    section.classList.remove("filling");
  } else hide(section);
  markCards(section);
}

function hide(section) {
  section.hidden = true;
  section.classList.remove("filling");
}

/** Fills the row, without which the page is complete as well. */
function tryToFill() {
  fill().catch(() => {});
}

// The results of a search replace the row, and a way back brings an empty one.
new MutationObserver(tryToFill).observe(document.getElementById("main"), { childList: true });
// A page that the browser has kept is shown again after a movie was watched.
addEventListener("pageshow", (event) => {
  if (event.persisted) tryToFill();
});
tryToFill();
