// Thresholds: which step a value has reached, and the word that says so without colour.
/** @import {FieldConfig, Thresholds, ThresholdStep} from "./model.js" */

/** Steps ascending; a step without a value is the base. @param {Thresholds | undefined} thresholds @returns {(ThresholdStep & {value: number})[]} */
export function thresholdSteps(thresholds) {
  return (thresholds?.steps ?? [])
    .map((step) => ({ color: step.color, value: typeof step.value === "number" ? step.value : -Infinity }))
    .sort((one, other) => one.value - other.value);
}

/** The colour of the highest step a value has reached. @param {number | null} value @param {FieldConfig} config */
export function thresholdColor(value, config) {
  const steps = thresholdSteps(config.thresholds);
  if (value === null || Number.isNaN(value) || !steps.length) return null;
  let compared = value;
  if (config.thresholds?.mode === "percentage") {
    const least = config.min ?? 0;
    compared = ((value - least) / ((config.max ?? 100) - least || 1)) * 100;
  }
  return (steps.findLast((step) => compared >= step.value) ?? steps[0])?.color ?? null;
}

/** What a colour says: the house's colours mean good, look, act. @param {string | null} color @returns {"good" | "warning" | "critical" | null} */
export function colorMeaning(color) {
  const name = (color ?? "").replace(/^(super-light|light|semi-dark|dark)-/, "");
  if (name === "green") return "good";
  if (name === "yellow" || name === "orange") return "warning";
  return name === "red" ? "critical" : null;
}
