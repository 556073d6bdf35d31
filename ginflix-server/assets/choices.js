// A list of which one entry is chosen, as radio buttons in a field set.

/** Fills the list with `{ value, text, isDisabled }`; calls `onChoose(value)` when a viewer chooses. Returns functions that show the chosen value and replace the entries. */
export function fillChoices(fieldset, onChoose) {
  const name = fieldset.id;
  fieldset.addEventListener("change", ({ target }) => onChoose(target.value));
  const show = (value) => {
    for (const input of fieldset.querySelectorAll("input")) input.checked = input.value === String(value);
  };
  const replace = (entries, chosen) => {
    const legend = fieldset.querySelector("legend");
    const focused = fieldset.contains(document.activeElement) ? document.activeElement.value : null;
    fieldset.replaceChildren(legend, ...entries.map((entry) => choice(name, entry)));
    show(chosen);
    if (focused !== null) fieldset.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
  };
  return { show, replace };
}

function choice(name, { value, text, isDisabled = false }) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name, value, disabled: isDisabled });
  const words = document.createElement("span");
  words.dir = "auto";
  words.textContent = text;
  label.append(input, words);
  return label;
}
