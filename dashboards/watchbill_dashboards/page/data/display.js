// A value as a person sees it: its mapping or its unit, and its colour.
/** @import {Cell, Display, FieldConfig, Mapping, MappingResult} from "./model.js" */
import { thresholdColor } from "./threshold.js";
import { formatValue } from "./unit.js";

/** @param {Cell} value @param {FieldConfig} config @param {{utc?: boolean}} [zone] @returns {Display} */
export function display(value, config, zone = {}) {
  const mapped = mappingOf(value, config.mappings ?? []);
  const number = typeof value === "number" ? value : null;
  const color = mapped?.color ?? baseColor(number, config);
  if (mapped?.text) return { text: mapped.text, color };
  if (value === null || (number !== null && Number.isNaN(number))) return { text: config.noValue ?? "–", color: mapped?.color ?? null };
  if (typeof value === "string") return { text: value, color };
  return { text: formatValue(value, config.unit, config.decimals, zone), color };
}

/** @param {number | null} number @param {FieldConfig} config */
function baseColor(number, config) {
  if (config.color?.mode === "fixed") return config.color.fixedColor ?? null;
  return thresholdColor(number, config);
}

/** @param {Cell} value @param {Mapping[]} mappings @returns {MappingResult | undefined} */
export function mappingOf(value, mappings) {
  for (const mapping of mappings) {
    const result = matched(value, mapping);
    if (result) return result;
  }
  return undefined;
}

/** @param {Cell} value @param {Mapping} mapping @returns {MappingResult | undefined} */
function matched(value, mapping) {
  switch (mapping.type) {
    case "value":
      return value === null || !Object.hasOwn(mapping.options, String(value)) ? undefined : mapping.options[String(value)];
    case "range":
      return typeof value === "number" && value >= (mapping.options.from ?? -Infinity) && value <= (mapping.options.to ?? Infinity)
        ? mapping.options.result
        : undefined;
    case "regex":
      return typeof value === "string" && pattern(mapping.options.pattern)?.test(value) ? mapping.options.result : undefined;
    case "special":
      return isSpecial(value, mapping.options.match) ? mapping.options.result : undefined;
    default:
      return undefined;
  }
}

/** A regular expression, also in Grafana's `/…/flags` form; undefined when it is none. @param {string} text */
export function pattern(text) {
  const parts = /^\/(.*)\/([a-z]*)$/s.exec(text);
  try {
    return parts ? new RegExp(parts[1] ?? "", (parts[2] ?? "").replace(/[gy]/g, "")) : new RegExp(text);
  } catch {
    return undefined;
  }
}

/** @param {Cell} value @param {string} match */
function isSpecial(value, match) {
  const isNaN = typeof value === "number" && Number.isNaN(value);
  if (match === "null") return value === null;
  if (match === "nan") return isNaN;
  if (match === "null+nan") return value === null || isNaN;
  return match === "empty" && value === "";
}
