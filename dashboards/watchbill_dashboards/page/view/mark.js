// Marks that say what a colour says, for those who do not see it.
import { element } from "./element.js";
import { icon } from "./icon.js";

const MEANINGS = /** @type {const} */ ({ good: ["check", "Good"], warning: ["warning", "Warning"], critical: ["cross", "Critical"] });

/** @param {"good" | "warning" | "critical"} meaning */
export function mark(meaning) {
  const [shape, word] = MEANINGS[meaning];
  return element("span", { class: `mark mark-${meaning}` }, icon(shape), element("span", { class: "mark-word" }, word));
}

/** @param {string | undefined} severity */
export function severityMark(severity) {
  const meaning = severity === "critical" ? "critical" : severity === "warning" ? "warning" : "info";
  return element("span", { class: `mark mark-${meaning}` }, icon(meaning === "critical" ? "cross" : meaning === "warning" ? "warning" : "info"), element("span", { class: "mark-word" }, severity || "info"));
}
