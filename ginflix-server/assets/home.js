// The home page: buttons and keys that move a row of movies sideways. Touch, wheel and the Tab key work without them.

/** The part of the visible width that a click moves a row by, so that the last card is seen again. */
const STEP = 0.85;
/** Difference in CSS pixels between a row at its end and one that can be scrolled. */
const TOLERANCE_PX = 2;
const ARROW = "M7.5 4.5 13 10l-5.5 5.5";
const BACK_ARROW = "M12.5 4.5 7 10l5.5 5.5";

for (const row of document.querySelectorAll(".row:has(.row-list)")) {
  const list = row.querySelector(".row-list");
  addButtons(row.querySelector(".row-head"), list);
  list.addEventListener("keydown", (event) => moveFocus(event, list));
}

/** Adds the buttons. Only the mouse needs them: keys and screen readers reach each card without. */
function addButtons(head, list) {
  const buttons = document.createElement("span");
  buttons.className = "row-buttons";
  buttons.setAttribute("aria-hidden", "true");
  const back = button(BACK_ARROW, () => scroll(list, -1));
  const forward = button(ARROW, () => scroll(list, 1));
  buttons.append(back, forward);
  const update = () => {
    // In a page that is written from right to left, the position is negative.
    const position = Math.abs(list.scrollLeft);
    back.disabled = position <= TOLERANCE_PX;
    forward.disabled = position + list.clientWidth >= list.scrollWidth - TOLERANCE_PX;
  };
  update();
  head.append(buttons);
  list.addEventListener("scroll", update, { passive: true });
  new ResizeObserver(update).observe(list);
}

function button(path, action) {
  const element = document.createElement("button");
  element.type = "button";
  element.tabIndex = -1;
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 20 20");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  icon.append(line);
  element.append(icon);
  element.addEventListener("click", action);
  return element;
}

function scroll(list, direction) {
  const sign = getComputedStyle(list).direction === "rtl" ? -direction : direction;
  list.scrollBy({ left: sign * list.clientWidth * STEP });
}

/** Moves the focus between the cards of a row by the arrow keys, Home and End. */
function moveFocus(event, list) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const cards = [...list.querySelectorAll("a.card")];
  const current = cards.indexOf(event.target.closest("a.card"));
  if (current < 0) return;
  const isRtl = getComputedStyle(list).direction === "rtl";
  const targets = {
    [isRtl ? "ArrowLeft" : "ArrowRight"]: current + 1,
    [isRtl ? "ArrowRight" : "ArrowLeft"]: current - 1,
    Home: 0,
    End: cards.length - 1,
  };
  const next = cards[targets[event.key]];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
