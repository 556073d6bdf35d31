// The messages of scripts, in the language of the page.
//
// `messages.js` has them: the server makes it from the file of the language, as one of this folder, whose name has the
// language.

import { language, messages } from "./messages.js";

/** The language for dates. English ones are British, as those of the server. */
export const dateLanguage = language === "en" ? "en-GB" : language;
export { language };

const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
/** Characters that change the direction of text, and those of scripts from right to left. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\u200E\u200F\u202A-\u202E\u2066-\u2069\uFB1D-\uFDFF\uFE70-\uFEFF\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * Returns the message of this key with these values in it. A number selects the plural form. Tests find every key by the
 * literal in the call.
 */
export function say(key, values = {}) {
  return compose(messages[key] ?? key, values);
}

function compose(pattern, values) {
  if (typeof pattern === "string") return pattern;
  return pattern.map((part) => (typeof part === "string" ? part : place(part, values))).join("");
}

function place({ arg, cases, otherwise }, values) {
  const value = values[arg];
  const isNumber = typeof value === "number";
  if (!cases) return isNumber ? numbers.format(value) : isolate(String(value ?? ""));
  return compose(cases[value] ?? (isNumber ? cases[plurals.select(value)] : null) ?? otherwise, values);
}

/** Keeps text of the other direction from moving the text around it. */
function isolate(text) {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
