// The panels above the control bar: one is open at a time.

/** The height of the frame, in pixels, below which a panel is a sheet at the edge of the window. */
const LEAST_HEIGHT = 380;

/**
 * Connects each button that has `aria-expanded` with the panel that it controls. A click elsewhere and Escape close it.
 * `onChange(isOpen)` is called when a panel opens or all are closed.
 */
export function setUpPanels(controls, onChange) {
  const buttons = [...controls.querySelectorAll("[aria-expanded]")];
  const panelOf = (button) => document.getElementById(button.getAttribute("aria-controls"));
  const open = () => buttons.find((button) => button.ariaExpanded === "true");
  const set = (button, isOpen) => {
    const panel = panelOf(button);
    button.ariaExpanded = isOpen;
    panel.hidden = !isOpen;
    if (isOpen && controls.parentElement.clientHeight < LEAST_HEIGHT && panel.showPopover) {
      panel.popover = "manual";
      panel.showPopover();
    } else {
      panel.popover = null;
    }
  };
  const close = ({ returnsFocus = false } = {}) => {
    const button = open();
    if (!button) return;
    set(button, false);
    if (returnsFocus) button.focus();
    onChange(false);
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      const wasOpen = button.ariaExpanded === "true";
      close();
      if (wasOpen) return;
      set(button, true);
      focusFirst(panelOf(button));
      onChange(true);
    });
  }
  controls.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !open()) return;
    event.stopPropagation();
    close({ returnsFocus: true });
  });
  const closeOutside = ({ target }) => {
    const button = open();
    if (button && !panelOf(button).contains(target) && !button.contains(target)) close();
  };
  document.addEventListener("pointerdown", closeOutside);
  document.addEventListener("focusin", closeOutside);
  return { close, isOpen: () => Boolean(open()) };
}

/** Focuses what is chosen in a panel, or its first control. */
function focusFirst(panel) {
  const target = panel.querySelector("input:checked, [aria-current=true]") ?? panel.querySelector("input, button");
  target?.focus({ preventScroll: true });
  // `scrollIntoView` would also scroll the page.
  if (target) panel.scrollTop = target.offsetTop - panel.clientHeight / 2;
}
